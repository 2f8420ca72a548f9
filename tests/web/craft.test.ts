import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from '../harness/browser.ts';
import { script } from '../harness/user.ts';
import { expectClean, promptField, say, Workbench } from './workbench.ts';

/** What a browser fetches before the first page stands, compressed, in bytes. */
const firstLoadLimit = 250 * 1024;

describe.skipIf(browserPath === undefined)(
  `the web page’s craft${browserPath === undefined ? ' (there is no browser: apt-get install -y chromium)' : ''}`,
  () => {
    let bench: Workbench;
    beforeAll(async () => {
      bench = await Workbench.open();
    });
    afterAll(async () => {
      await bench?.[Symbol.asyncDispose]();
    });

    test('the first page is light, and neither markdown nor panels come with it', async () => {
      const page = await bench.browser.page('about:blank');
      const sizes = new Map<string, number>();
      page.on('response', (response) => {
        if (!/\.(js|css|svg|html)$|\/$/.test(new URL(response.url()).pathname)) return;
        void response.body().then((body) => sizes.set(new URL(response.url()).pathname, gzipSync(body).length));
      });
      await page.goto(bench.system.url);
      await page.getByRole('heading', { name: 'Sessions', exact: true }).waitFor();
      await page.waitForLoadState('networkidle');
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      expect(total).toBeGreaterThan(50 * 1024);
      expect(total, JSON.stringify([...sizes])).toBeLessThanOrEqual(firstLoadLimit);
      expect([...sizes.keys()].filter((name) => /markdown|panel|terminal|editor/.test(name))).toEqual([]);
      await page.close();
    });

    test('every page is clean: light and dark, 360 pixels to 4K, with and without motion', async () => {
      const { id, page } = await bench.session({ name: 'Clean' });
      await say(
        page,
        script(
          { text: '## Heading\n\n- a\n- b\n\n`code`', tools: [{ name: 'Bash', input: { command: 'touch x', description: 'x' } }] },
          { text: 'ok' },
        ),
      );
      await page.getByRole('button', { name: /Allow once/ }).waitFor();
      const sizes = [
        { width: 360, height: 640 },
        { width: 1280, height: 800 },
        { width: 3840, height: 2160 },
      ];
      const pages: [string, string][] = [
        ['/', 'Sessions'],
        ['/inbox', 'Inbox'],
        ['/settings', 'Settings'],
        ['/nowhere', 'There is nothing here'],
        ['/sessions/ses_none', 'This session cannot be opened'],
        [`/sessions/${id}/details`, 'Clean'],
        [`/sessions/${id}`, 'Clean'],
      ];
      for (const [path, heading] of pages) {
        await page.goto(bench.system.url + path);
        await page.getByRole('heading', { level: 1, name: heading }).waitFor();
        for (const [index, size] of sizes.entries()) {
          await page.setViewportSize(size);
          await page.emulateMedia({ colorScheme: index === 1 ? 'light' : 'dark', reducedMotion: index === 2 ? 'reduce' : 'no-preference' });
          await expectClean(page);
        }
      }
      const moving = await page.evaluate('document.getAnimations().length');
      expect(moving).toBe(0);
      await page.close();
    });

    test('nothing jumps while an answer is written, and the reader who scrolled up stays', async () => {
      const { page } = await bench.session({ name: 'Still' });
      const answer = page.getByRole('article', { name: 'Claude', exact: true });
      const words = Array.from({ length: 900 }, (_, n) => `${n % 12 === 0 ? '\n\n' : ''}word-${n}`).join(' ');
      await say(page, script({ text: words, chunk: 24, chunk_delay_ms: 15 }));
      await answer.getByText(/word-30/).waitFor();
      await page.evaluate(`
        globalThis.shifts = [];
        new PerformanceObserver((list) => {
          for (const { value, hadRecentInput, sources } of list.getEntries()) {
            if (!hadRecentInput) globalThis.shifts.push([value, sources.map(({ node }) => node?.outerHTML?.slice(0, 160))]);
          }
        }).observe({ type: 'layout-shift' });`);
      await answer.getByText(/word-300/).waitFor();
      const conversation = page.getByRole('region', { name: 'Conversation' });
      await conversation.hover();
      await page.mouse.wheel(0, -400);
      await page.getByRole('button', { name: 'Jump to latest' }).waitFor();
      const top = await conversation.evaluate((element) => element.scrollTop);
      await page.waitForTimeout(1500);
      expect(Math.abs((await conversation.evaluate((element) => element.scrollTop)) - top)).toBeLessThanOrEqual(2);
      await page.getByRole('button', { name: 'Jump to latest' }).click();
      await answer.getByText(/word-899/).waitFor();
      const shifts = await page.evaluate<[number, string[]][]>('globalThis.shifts');
      expect(
        shifts.reduce((sum, [value]) => sum + value, 0),
        JSON.stringify(shifts),
      ).toBeLessThan(0.02);
      await promptField(page).waitFor();
      expect(bench.browser.complaints).toEqual([]);
      await page.close();
    });
  },
);
