import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from '../harness/browser.ts';
import { until } from '../harness/until.ts';
import { script } from '../harness/user.ts';
import { SlowLine } from './slow-line.ts';
import { expectClean, promptField, say, Workbench } from './workbench.ts';

const allowed = { allowed_tools: ['Bash', 'Read', 'Write', 'Edit', 'Grep', 'Glob'] };
const bash = (command: string, description = 'a test') => ({ name: 'Bash', input: { command, description } });
const slowText = (text: string) => script({ text, chunk: 8, chunk_delay_ms: 40 });
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `word-${n}`).join(' ');

describe.skipIf(browserPath === undefined)(
  `a conversation in a browser${browserPath === undefined ? ' (there is none: apt-get install -y chromium)' : ''}`,
  () => {
    let bench: Workbench;
    const turns = (page: Page) => page.getByRole('article', { name: 'End of turn' });
    const claude = (page: Page) => page.getByRole('article', { name: 'Claude', exact: true });

    beforeAll(async () => {
      bench = await Workbench.open();
    });
    afterAll(async () => {
      await bench?.[Symbol.asyncDispose]();
    });

    test('queued prompts are changed and cancelled, Escape stops the running one', async () => {
      const { page } = await bench.session({ name: 'Queue' });
      await say(page, slowText(numbered(2000)));
      await claude(page).getByText('word-5').waitFor();
      await say(page, script({ text: 'the cancelled one' }));
      await say(page, script({ text: 'as it was' }));
      await page.getByRole('button', { name: /^Cancel queued prompt: .*cancelled/ }).click();
      await page.getByRole('button', { name: /^Edit queued prompt: .*as it was/ }).click();
      await page.getByRole('textbox', { name: 'Queued prompt' }).fill(script({ text: 'as it is now' }));
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: /^Edit queued prompt: .*as it is now/ }).waitFor();
      expect(await page.getByRole('region', { name: 'Waiting prompts' }).getByText('Queued').count()).toBe(1);
      await expectClean(page);
      await promptField(page).press('Escape');
      await page.getByText('Interrupted', { exact: true }).waitFor();
      await claude(page).getByText('as it is now').waitFor();
      const said = await page.getByRole('feed').innerText();
      expect(said).not.toContain('\nas it was');
      expect(said).toContain('Cancelled before it started.');
      await page.close();
    });

    test('two tabs on one session show the same, and what one has answered the other tells', async () => {
      const { id, page } = await bench.session({ name: 'Two tabs' });
      const other = await bench.page(`/sessions/${id}`);
      await promptField(other).waitFor();
      await say(page, script({ text: 'Hear, both.', tools: [bash('touch both')] }, { text: 'Both heard.' }));
      for (const tab of [page, other]) await tab.getByRole('button', { name: /Allow once/ }).waitFor();
      await other.getByRole('button', { name: /Deny…/ }).click();
      await page.getByRole('button', { name: /Allow once/ }).click();
      await other.locator('main').getByText('Bash: answered elsewhere: allowed.').waitFor();
      for (const tab of [page, other]) await claude(tab).getByText('Both heard.').waitFor();
      // The end of the turn is told after what was said last.
      for (const tab of [page, other]) await turns(tab).waitFor();
      expect(await page.getByText(/answered elsewhere/).count()).toBe(0);
      expect(await other.getByRole('feed').innerText()).toBe(await page.getByRole('feed').innerText());
      await page.close();
      await other.close();
    });

    test('on a phone: written, approved and read with a finger’s room, and nothing wider than the screen', async () => {
      const { id } = await bench.user.createSession({ name: 'A session with quite a long name for a phone', ...allowed });
      const page = await bench.page(`/sessions/${id}`, { width: 360, height: 640 });
      const device = await bench.browser.context.newCDPSession(page);
      await device.send('Emulation.setTouchEmulationEnabled', { enabled: true });
      await promptField(page).waitFor();
      await promptField(page).fill(
        script({ text: `A | wide | table\n---|---|---\n${'a'.repeat(80)} | b | c\n\n\`\`\`\n${'x'.repeat(300)}\n\`\`\`` }),
      );
      await page.getByRole('button', { name: 'Send prompt' }).click();
      await turns(page).waitFor();
      await expectClean(page);
      const send = await page.getByRole('button', { name: 'Send prompt' }).boundingBox();
      expect(Math.min(send?.width ?? 0, send?.height ?? 0)).toBeGreaterThanOrEqual(40);
      await page.getByRole('link', { name: 'Details' }).click();
      await page.getByText('Allowed without asking').waitFor();
      expect(await page.getByRole('feed').count()).toBe(0);
      await expectClean(page);
      await page.goBack();
      await page.getByRole('feed').waitFor();
      await page.close();
    });

    test('by keyboard alone: from the list into a session, a prompt, a denial with a reason, to a panel and back', async () => {
      await bench.user.createSession({ name: 'By keyboard' });
      const page = await bench.page('/');
      await page.locator('main').getByRole('link', { name: 'By keyboard' }).waitFor();
      const tabTo = async (wanted: RegExp, key = 'Tab') => {
        for (let step = 0; step < 60; step++) {
          await page.keyboard.press(key);
          const name = await page.evaluate<string>(
            "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
          );
          if (wanted.test(name)) return;
        }
        throw new Error(`Tab does not come to ${wanted.source}`);
      };
      await tabTo(/^Skip to content/);
      await page.keyboard.press('Enter');
      await tabTo(/^By keyboard$/);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/sessions\//);
      await promptField(page).waitFor();
      await until(
        async () => (await page.evaluate('document.activeElement?.id')) === 'composer',
        () => 'the cursor is not where prompts are written',
      );
      await page.keyboard.type(script({ tools: [bash('touch denied')] }, { text: 'So be it.' }));
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: /Allow once/ }).waitFor();
      await tabTo(/^Allow once/, 'Shift+Tab');
      await page.keyboard.press('n');
      await page.keyboard.type('Not now.');
      await page.keyboard.press('Enter');
      await claude(page).getByText('So be it.').waitFor();
      expect(bench.system.model.requests.some(({ body }) => JSON.stringify(body).includes('Not now.'))).toBe(true);
      await tabTo(/^Details/, 'Shift+Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('region', { name: 'Details', exact: true }).waitFor();
      await tabTo(/^Width of the panel/);
      const width = () => page.getByRole('separator').getAttribute('aria-valuenow').then(Number);
      const before = await width();
      await page.keyboard.press('ArrowLeft');
      expect(await width()).toBe(before + 4);
      await expectClean(page);
      await page.close();
    });

    test('on a slow network the page says what it waits for, and a prompt written meanwhile is kept', async () => {
      const { id } = await bench.user.createSession({ name: 'Slow' });
      const page = await bench.browser.page('about:blank');
      const device = await bench.browser.context.newCDPSession(page);
      await device.send('Network.enable');
      await device.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 600,
        downloadThroughput: 60_000,
        uploadThroughput: 20_000,
      });
      await page.goto(`${bench.system.url}/sessions/${id}`, { waitUntil: 'commit' });
      await page
        .getByText(/Asking the server…|Signing in…|Opening/)
        .first()
        .waitFor();
      await promptField(page).waitFor({ timeout: 90_000 });
      await say(page, script({ text: 'Slow but whole.' }));
      await claude(page).getByText('Slow but whole.').waitFor();
      await page.close();
    });

    test('what is said of the connection is so: catching up with how many of how many, live, cut, and all of it again', async () => {
      const { id } = await bench.user.createSession({ name: 'Far away', ...allowed });
      const viewer = await bench.user.view(id);
      const steps = (from: number) => Array.from({ length: 20 }, (_, n) => ({ tools: [bash(`echo step-${from + n}`), bash('true')] }));
      viewer.prompt(script(...steps(0), { text: 'The first half.' }));
      await viewer.result();
      const events = async () => (await bench.user.history(id)).length;
      await until(async () => (await bench.user.session(id)).last_seq === (await events()));
      const before = await events();
      const page = await bench.browser.page('about:blank');
      const line = await SlowLine.before(page, 60);
      await page.goto(`${bench.system.url}/sessions/${id}`);
      await page.getByText(`Catching up 60 of ${before}`).waitFor();
      await page.getByText(`Fetching the conversation… 60 of ${before} events`).waitFor();
      await expectClean(page);
      line.hurry();
      await page.getByText('Live', { exact: true }).waitFor();
      await claude(page).getByText('The first half.').waitFor();

      line.cut();
      await page.getByText('Reconnecting', { exact: true }).waitFor();
      await page.getByText('The connection broke.').waitFor();
      await say(page, script({ text: 'Written while it was cut.' }));
      await page.getByText('Sent when connected').waitFor();
      await expectClean(page);
      viewer.prompt(script(...steps(20), { text: 'The second half.' }));
      await viewer.result(2);
      line.mend();
      await page.getByRole('button', { name: 'Try now' }).click();
      await page.getByText(new RegExp(`Catching up ${before + 60} of ${await events()}`)).waitFor();
      line.hurry();
      await page.getByText('Live', { exact: true }).waitFor();
      await claude(page).getByText('The second half.').waitFor();
      await claude(page).getByText('Written while it was cut.').waitFor();
      await page.close();
    });

    test('a server killed in the middle of an answer: the page says so, goes on by itself, and has the answer whole', async () => {
      const { page } = await bench.session({ name: 'Killed' });
      const words = numbered(150);
      await say(page, slowText(words));
      await claude(page).getByText('word-10').waitFor();
      await bench.system.kill('server');
      await say(page, script({ text: 'sent while it was away' }));
      await claude(page).getByText('word-149').waitFor();
      await claude(page).getByText('sent while it was away').waitFor();
      expect(await claude(page).allInnerTexts()).toEqual([words, 'sent while it was away']);
      await page.getByText('Live', { exact: true }).waitFor();
      expect(bench.browser.complaints).toEqual([]);
      await page.close();
    });
  },
);
