import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, type Page, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** The browser of this machine; undefined where there is none. */
export const browserPath = places.find((file) => existsSync(file));

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A browser with a profile of its own, as a person has it open. */
export class Browser implements AsyncDisposable {
  readonly context: BrowserContext;
  readonly #profile: string;
  /** What pages complained of: errors, and violations of the content security policy. */
  readonly complaints: string[] = [];

  private constructor(context: BrowserContext, profile: string) {
    this.context = context;
    this.#profile = profile;
  }

  static async open(options: { width?: number; height?: number; dark?: boolean } = {}): Promise<Browser> {
    const profile = mkdtempSync(path.join(tmpdir(), 'browser-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: browserPath ?? 'chromium',
      viewport: { width: options.width ?? 1360, height: options.height ?? 860 },
      colorScheme: options.dark === true ? 'dark' : 'light',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    // A loaded machine is slow, which is nobody's fault: what never comes is told a little later.
    context.setDefaultTimeout(60_000);
    return new Browser(context, profile);
  }

  async page(url: string): Promise<Page> {
    const page = await this.context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Uncaught/.test(message.text())) this.complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/** What axe finds wrong with the page as it is now: rule and place, one a line. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe: loaded } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> };
    };
    return (await loaded.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  });
  return found;
}
