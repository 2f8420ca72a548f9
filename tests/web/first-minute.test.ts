import { describe, expect, test } from 'vitest';
import { Browser, browserPath } from '../harness/browser.ts';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { script } from '../harness/user.ts';
import { expectClean, promptField, say } from './workbench.ts';

describe.skipIf(browserPath === undefined)(
  `the first minute in a browser${browserPath === undefined ? ' (there is none: apt-get install -y chromium)' : ''}`,
  () => {
    test('from the sign-in link to an answer: register, key, a suggested prompt, an approval', async () => {
      await using system = await System.start();
      await using browser = await Browser.open();
      const page = await browser.page(system.signInLink);
      await page.getByRole('button', { name: 'Register' }).waitFor();
      await expectClean(page);
      await page.getByRole('button', { name: 'Register' }).click();
      expect(page.url()).not.toContain('code=');
      await page.getByLabel('Anthropic API key').fill('not a key');
      await page
        .getByText(/sk-ant-/)
        .first()
        .waitFor();
      await expectClean(page);
      await page.getByLabel('Anthropic API key').fill('sk-ant-api03-of-the-browser');
      await page.getByRole('button', { name: 'Store key' }).click();
      await page.getByRole('heading', { name: 'What should Claude do first?' }).waitFor();
      await expectClean(page);
      await page.getByRole('button', { name: /^Look around/ }).click();
      await page.getByRole('article', { name: 'End of turn' }).waitFor();
      expect(await page.getByRole('article', { name: 'You' }).innerText()).toContain('Look around in this sandbox');
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
      await page.getByRole('button', { name: /Allow once/ }).focus();
      await page.keyboard.press('y');
      await page.locator('strong', { hasText: 'noted-it' }).waitFor();
      expect(browser.complaints).toEqual([]);
      expect(system.model.requests.at(-1)?.headers['x-api-key']).toBe('sk-ant-api03-of-the-browser');
    });

    test('the demo goes straight into a tour, and an empty session suggests what to begin with', async () => {
      await using system = await System.start({ arguments: ['--demo'] });
      await using browser = await Browser.open();
      const page = await browser.page(system.signInLink);
      await page.getByRole('heading', { name: 'A tour of AI Sessions' }).waitFor();
      await page.getByRole('button', { name: /Allow once/ }).click();
      await page.getByText('this list again').waitFor();
      // Who comes again is not shown around again.
      await page.goto(system.url);
      const tours = page.getByRole('link', { name: 'A tour of AI Sessions' });
      // Beside the pages, and in the list.
      await until(async () => (await tours.count()) === 2);
      await page.getByRole('button', { name: 'New session' }).first().click();
      await page.getByRole('button', { name: 'Create session' }).click();
      await page.getByRole('button', { name: 'Find a beacon' }).click();
      expect(await promptField(page).inputValue()).toContain('as a beacon would');
      await expectClean(page);
      expect(browser.complaints).toEqual([]);
    });
  },
);
