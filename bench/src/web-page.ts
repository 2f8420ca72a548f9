import { existsSync } from 'node:fs';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import type { User } from './user.ts';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A browser page of the web UI, signed in as the bench's user. */
export interface WebPage extends AsyncDisposable {
  readonly page: Page;
  readonly device: CDPSession;
}

/**
 * Opens a session's page and waits until it is live.
 * @throws Error where there is no browser, or the server has no web UI to serve.
 */
export async function openWebPage(url: string, user: User, sessionId: string): Promise<WebPage> {
  const executablePath = places.find((file) => existsSync(file));
  if (executablePath === undefined) throw new Error('there is no browser: apt-get install -y chromium');
  if (!(await (await fetch(url)).text()).includes('id="root"')) throw new Error('the web page is not built: npm run build:web');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const grant = { token: user.token, expires_in: 3600, email: 'bench@example.com' };
    await page.route('**/auth/refresh', (route) => route.fulfill({ json: grant }));
    await page.goto(`${url}/sessions/${sessionId}`);
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 });
    const device = await page.context().newCDPSession(page);
    await device.send('Performance.enable');
    return { page, device, [Symbol.asyncDispose]: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** One of the browser's own counters, as `ScriptDuration` (seconds) or `JSHeapUsedSize` (bytes). */
export async function metric(device: CDPSession, name: string): Promise<number> {
  const { metrics } = await device.send('Performance.getMetrics');
  return metrics.find((each) => each.name === name)?.value ?? Number.NaN;
}
