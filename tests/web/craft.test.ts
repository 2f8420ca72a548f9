import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from '../harness/browser.ts';
import { until } from '../harness/until.ts';
import { script } from '../harness/user.ts';
import { expectClean, expectNoOverflow, promptField, say, Workbench } from './workbench.ts';

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
      const bodies = new Map<string, Promise<Buffer>>();
      page.on('response', (response) => {
        const { pathname } = new URL(response.url());
        if (/\.(js|css|svg|html)$|\/$/.test(pathname)) bodies.set(pathname, response.body());
      });
      await page.goto(bench.system.url);
      await page.getByRole('heading', { name: 'Sessions', exact: true }).waitFor();
      await page.waitForLoadState('networkidle');
      const sizes = new Map<string, number>();
      for (const [name, body] of bodies) sizes.set(name, gzipSync(await body).length);
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
      const panels = ['files', 'changes', 'terminal', 'network', 'details'];
      const pages: [string, string][] = [
        ['/', 'Sessions'],
        ['/inbox', 'Inbox'],
        ['/profiles', 'Profiles'],
        ['/profiles/new', 'New profile'],
        ['/usage', 'Usage'],
        ['/settings', 'Settings'],
        ['/nowhere', 'There is nothing here'],
        ['/sessions/ses_none', 'This session cannot be opened'],
        ...panels.map((panel): [string, string] => [`/sessions/${id}/${panel}`, 'Clean']),
        [`/sessions/${id}`, 'Clean'],
      ];
      for (const [path, heading] of pages) {
        await page.goto(bench.system.url + path);
        await page.getByRole('heading', { level: 1, name: heading }).waitFor();
        await until(async () => (await page.getByRole('status').filter({ hasText: '…' }).count()) === 0);
        for (const [width, height] of [
          [768, 1024],
          [3840, 2160],
        ] as const) {
          await page.setViewportSize({ width, height });
          await expectNoOverflow(page, `${path} at ${width}`);
        }
        await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
        await page.setViewportSize({ width: 360, height: 640 });
        await expectClean(page, `${path} at 360`);
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize({ width: 1440, height: 900 });
        await expectClean(page, `${path} at 1440`);
      }
      const moving = await page.evaluate('document.getAnimations().length');
      expect(moving).toBe(0);
      await page.close();
    });

    test('what cannot be fetched says so and is fetched again; what is on its way says that', async () => {
      const { id, page } = await bench.session({ name: 'Unlucky' });
      const parts: [path: string, asks: RegExp][] = [
        ['/', /\/v1\/sessions\?/],
        ['/inbox', /\/v1\/approvals/],
        ['/usage', /\/v1\/usage/],
        [`/sessions/${id}`, /\/v1\/sessions\/ses_[^/]*$/],
        [`/sessions/${id}/files`, /\/v1\/io\/sessions\/[^/]+\/files/],
        [`/sessions/${id}/changes`, /\/v1\/sessions\/[^/]+\/changes/],
        [`/sessions/${id}/network`, /\/v1\/sessions\/[^/]+\/egress/],
      ];
      for (const [path, asks] of parts) {
        const held = Promise.withResolvers<void>();
        await page.route(asks, async (route) => {
          await held.promise;
          await route.fulfill({ status: 500, json: { error: 'internal', message: 'It broke.', status: 500, request_id: 'req-42' } });
        });
        await page.goto(bench.system.url + path);
        await page.getByRole('heading', { level: 1 }).waitFor();
        const onItsWay = page.getByRole('status').filter({ hasText: '…' });
        await until(
          async () => (await onItsWay.count()) > 0,
          () => `${path} does not say what it waits for`,
        );
        await expectClean(page, `${path} on its way`);
        held.resolve();
        const problem = page.getByRole('alert').filter({ hasText: 'req-42' });
        await until(
          async () => (await problem.count()) > 0,
          () => `${path} does not say what is wrong`,
        );
        await expectClean(page, `${path} without its data`);
        await page.unroute(asks);
        await problem.getByRole('button', { name: 'Try again' }).click();
        await problem.waitFor({ state: 'detached' });
      }
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
      const top = await restingTop(page);
      await answer.getByText(/word-500/).waitFor({ state: 'attached' });
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

/** Where the conversation stands once it has come to rest: a wheel's scrolling goes on for a while. */
async function restingTop(page: Page): Promise<number> {
  return await page.evaluate<number>(`new Promise((resolve) => {
    const element = document.querySelector('section[aria-label=Conversation]');
    let before = element.scrollTop;
    let still = 0;
    const look = () => {
      still = element.scrollTop === before ? still + 1 : 0;
      before = element.scrollTop;
      if (still >= 10) resolve(before);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })`);
}
