import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { Browser, axeViolations } from '../harness/browser.ts';
import { System, type SystemOptions } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import type { User } from '../harness/user.ts';

/** Whom the sign-in link of a fresh installation signs in. */
const owner = 'admin@example.com';

/** One installation, its owner over the API, and a browser in which the owner is signed in. */
export class Workbench implements AsyncDisposable {
  readonly system: System;
  readonly user: User;
  readonly browser: Browser;

  private constructor(system: System, user: User, browser: Browser) {
    this.system = system;
    this.user = user;
    this.browser = browser;
  }

  static async open(options: SystemOptions = {}): Promise<Workbench> {
    await using parts = new AsyncDisposableStack();
    const system = parts.use(await System.start({ ...options, env: { AI_SESSIONS_EMAIL_DOMAINS: 'example.com', ...options.env } }));
    const user = await system.user(owner);
    const browser = parts.use(await Browser.open());
    const page = await browser.page(system.signInLink);
    await page.getByRole('heading', { name: 'Sessions', exact: true }).waitFor();
    await page.close();
    parts.move();
    return new Workbench(system, user, browser);
  }

  /** A page of its own at this address, as wide as a desk's screen unless told. */
  async page(path: string, size: { width: number; height: number } = { width: 1360, height: 860 }): Promise<Page> {
    const page = await this.browser.page('about:blank');
    await page.setViewportSize(size);
    await page.goto(this.system.url + path);
    return page;
  }

  /** A new session, open on a page of its own. */
  async session(settings: Record<string, unknown> = {}): Promise<{ id: string; page: Page }> {
    const { id } = await this.user.createSession(settings);
    const page = await this.page(`/sessions/${id}`);
    await promptField(page).waitFor();
    return { id, page };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
    await this.system[Symbol.asyncDispose]();
  }
}

export const promptField = (page: Page) => page.getByRole('textbox', { name: 'Prompt', exact: true });

export async function say(page: Page, text: string): Promise<void> {
  await promptField(page).fill(text);
  await promptField(page).press('Enter');
}

/** The page is clean: axe finds nothing, nothing is wider than the screen. */
export async function expectClean(page: Page, where = ''): Promise<void> {
  await settled(page);
  expect(await axeViolations(page), where).toEqual([]);
  await expectNoOverflow(page, where);
}

/** Nothing is wider than the screen. */
export async function expectNoOverflow(page: Page, where: string): Promise<void> {
  await until(
    async () => (await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')) === 0,
    () => `${where}: the page is wider than the screen`,
  );
}

/** What was changed is drawn, and no colour is half way between two, where a text may have less contrast than in either. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))).then(() =>
    Promise.allSettled(document.getAnimations().filter((a) => a instanceof CSSTransition).map((a) => a.finished)))`);
}

/** Set to a folder, the tests leave pictures of the screens there, as docs/screenshots has them. */
const pictures = process.env['AI_SESSIONS_SCREENSHOTS'];

export async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  // Some parts are drawn again by themselves once they know their new size.
  await page.waitForTimeout(300);
  await page.screenshot({ path: path.join(pictures, `${name}.png`), animations: 'disabled' });
}

/** The page in light, in dark and on a phone: clean, and a picture of each. */
export async function look(page: Page, name: string): Promise<void> {
  for (const [suffix, colorScheme, width, height] of [
    ['light', 'light', 1360, 860],
    ['dark', 'dark', 1360, 860],
    ['phone', 'light', 360, 740],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await expectClean(page, `${name} ${suffix}`);
    await picture(page, `${name}-${suffix}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1360, height: 860 });
}
