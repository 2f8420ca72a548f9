import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { Browser, axeViolations, browserPath } from '../harness/browser.ts';
import { System } from '../harness/system.ts';
import { script } from '../harness/user.ts';

/** Set to a folder, the tests leave pictures of the screens there, as docs/screenshots has them. */
const pictures = process.env['AI_SESSIONS_SCREENSHOTS'];

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: path.join(pictures, `${name}.png`), animations: 'disabled' });
}

async function createSession(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New session' }).first().click();
  await page.getByRole('button', { name: 'Create session' }).click();
  await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Prompt' }).fill(text);
  await page.keyboard.press('Enter');
}

describe.skipIf(browserPath === undefined)(
  `in a browser${browserPath === undefined ? ' (there is none: apt-get install -y chromium)' : ''}`,
  () => {
    test('from the sign-in link to an answer: register, key, session, prompt, approval', async () => {
      await using system = await System.start();
      await using browser = await Browser.open();
      const page = await browser.page(system.signInLink);
      await page.getByRole('button', { name: 'Register' }).click();
      expect(page.url()).not.toContain('code=');
      await page.getByLabel('Anthropic API key').fill('not a key');
      await page
        .getByText(/sk-ant-/)
        .first()
        .waitFor();
      await page.getByLabel('Anthropic API key').fill('sk-ant-api03-of-the-browser');
      await page.getByRole('button', { name: 'Store key' }).click();
      await createSession(page);
      await say(
        page,
        script(
          {
            text: 'I would note the time.',
            tools: [{ name: 'Bash', input: { command: 'date > noted.txt && echo noted-it', description: 'Note the time' } }],
          },
          { text: 'It said **{{last_tool_result}}**.' },
        ),
      );
      await page.getByRole('button', { name: /Allow once/ }).waitFor();
      expect(await axeViolations(page)).toEqual([]);
      await page.getByRole('button', { name: /Allow once/ }).focus();
      await page.keyboard.press('y');
      await page.locator('strong', { hasText: 'noted-it' }).waitFor();
      expect(await axeViolations(page)).toEqual([]);
      expect(browser.complaints).toEqual([]);
      expect(system.model.requests.at(-1)?.headers['x-api-key']).toBe('sk-ant-api03-of-the-browser');
    });

    test('the demo shows a newcomer around, light and dark, wide and narrow', async () => {
      await using system = await System.start({ arguments: ['--demo'] });
      await using browser = await Browser.open();
      const page = await browser.page(system.signInLink);
      await picture(page, 'register');
      await page.getByRole('button', { name: 'Register' }).click();
      await createSession(page);
      await say(page, 'Hello, show me around');
      await page.getByRole('button', { name: /Allow once/ }).waitFor();
      await picture(page, 'approval');
      await page.getByRole('button', { name: /Allow once/ }).click();
      await page.getByText('this list again').waitFor();
      await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
      await picture(page, 'conversation');
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await axeViolations(page)).toEqual([]);
      await picture(page, 'conversation-dark');
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await axeViolations(page)).toEqual([]);
      await picture(page, 'conversation-phone');
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(browser.complaints).toEqual([]);
    });

    test('a server killed in the middle of an answer: the page goes on by itself and has the answer whole', async () => {
      await using system = await System.start({ arguments: ['--demo'] });
      await using browser = await Browser.open();
      const page = await browser.page(system.signInLink);
      await page.getByRole('button', { name: 'Register' }).click();
      await createSession(page);
      const words = Array.from({ length: 150 }, (_, n) => `word-${n}`).join(' ');
      await say(page, script({ text: words, chunk: 8, chunk_delay_ms: 40 }));
      await page.getByText('word-10').first().waitFor();
      await system.kill('server');
      await page.getByText('word-149').first().waitFor();
      const text = await page.locator('main').innerText();
      expect(text.split(words)).toHaveLength(2);
    });
  },
);
