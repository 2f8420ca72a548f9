import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/**
 * Looks at every screen of the built app in a real browser, on the mock server: light, dark and on a phone. Writes pictures to
 * the folder of the first argument and reports what axe finds, what the content security policy blocks, and console errors. The
 * second and third argument choose screens and looks; `npm run screenshots` makes those that the documentation shows.
 */
const folder = process.argv[2] ?? join(tmpdir(), 'screens');
const only = process.argv[3];
const onlyLook = process.argv[4];
const port = 18_900 + Math.floor(Math.random() * 90);
const origin = `http://127.0.0.1:${port}`;
const faults: string[] = [];
let count = 0;

const looks = {
  light: { viewport: { width: 1360, height: 860 }, colorScheme: 'light' },
  dark: { viewport: { width: 1360, height: 860 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, isMobile: true },
  small: { viewport: { width: 360, height: 640 }, colorScheme: 'dark', hasTouch: true, isMobile: true },
} as const;

const knobs = (change: object) => fetch(`${origin}/mock`, { method: 'POST', body: JSON.stringify(change) });
const open = (path: string) => async (page: Page) => void (await page.goto(origin + path));
const dialog = async (page: Page) => void (await page.getByRole('dialog').waitFor());

interface Screen {
  readonly knobs?: object;
  readonly show: (page: Page) => Promise<void>;
}

const screens: Record<string, Screen> = {
  'sign-in': { knobs: { signedIn: false }, show: open('/') },
  'sign-in-refused': { knobs: { signedIn: false }, show: open('/sign-in#code=BAD') },
  'sign-in-oidc': { knobs: { signedIn: false, mode: 'oidc' }, show: open('/') },
  unreachable: {
    show: async (page) => {
      await page.route('**/auth/*', (route) => route.abort());
      await page.goto(origin);
    },
  },
  register: { knobs: { registered: false, credential: null }, show: open('/') },
  credential: { knobs: { credential: null }, show: open('/') },
  'credential-wrong': {
    knobs: { credential: null },
    show: async (page) => {
      await page.goto(origin);
      await page.getByLabel('Anthropic API key').fill('sk-proj-1234');
    },
  },
  sessions: { knobs: { old: 40 }, show: open('/') },
  'sessions-many': {
    knobs: { old: 10_000 },
    show: async (page) => {
      await page.goto(origin);
      await page.getByText('Phishing mail 10000').waitFor();
      for (let step = 0; step < 12; step++) {
        await page.locator('main').evaluate((main) => (main.scrollTop = main.scrollHeight));
        await page.waitForTimeout(150);
      }
    },
  },
  'sessions-found': { knobs: { old: 10_000 }, show: open('/?q=memory%20image%2099') },
  'sessions-none': { show: open('/?q=nothing-like-this') },
  'sessions-first': { knobs: { empty: true }, show: open('/') },
  'session-menu': {
    show: async (page) => {
      await page.goto(origin);
      await page
        .locator('main')
        .getByRole('button', { name: /Actions for Phishing/ })
        .click();
      await page.getByRole('menu').waitFor();
    },
  },
  'session-end': {
    show: async (page) => {
      await page.goto(origin);
      await page
        .locator('main')
        .getByRole('button', { name: /Actions for Phishing/ })
        .click();
      await page.getByRole('menuitem', { name: 'End session' }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  create: {
    show: async (page) => {
      await page.goto(origin);
      await page.getByRole('button', { name: 'New session' }).filter({ visible: true }).first().click();
      await dialog(page);
      await page.getByText('Mode, tools, model and limits').click();
    },
  },
  'create-refused': {
    show: async (page) => {
      await page.goto(origin);
      await page.getByRole('button', { name: 'New session' }).filter({ visible: true }).first().click();
      await dialog(page);
      await page.getByLabel('Name').fill('full');
      await page.getByRole('button', { name: 'Create session' }).click();
      await page.getByRole('alert').waitFor();
    },
  },
  chat: { show: open('/sessions/ses_main') },
  'chat-tools': {
    show: async (page) => {
      await page.goto(`${origin}/sessions/ses_main`);
      await page.getByRole('article').first().waitFor();
      await page.getByRole('region', { name: 'Conversation' }).evaluate((element) => (element.scrollTop = 900));
      for (const name of [/^Edit /, /^Bash /, /^Tasks /]) await page.getByRole('button', { name }).first().click();
    },
  },
  find: {
    show: async (page) => {
      await page.goto(`${origin}/sessions/ses_main`);
      await page.getByRole('article').first().waitFor();
      await page.keyboard.press('Control+f');
      await page.getByLabel('Find in this conversation').fill('45.33');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
    },
  },
  'deep-link': {
    show: async (page) => {
      await page.goto(`${origin}/sessions/ses_main`);
      const card = page.getByRole('button', { name: /^log-analyst/ });
      await card.waitFor();
      await card.click();
      await page.evaluate(() => history.replaceState(null, '', '#'));
      const key = await page.evaluate(() => document.querySelector('[data-key^="tool:"]')?.getAttribute('data-key') ?? '');
      await page.goto('about:blank');
      await page.goto(`${origin}/sessions/ses_main#${encodeURIComponent(key)}`);
      await page.getByRole('article').first().waitFor();
    },
  },
  'chat-agent': {
    show: async (page) => {
      await page.goto(`${origin}/sessions/ses_main`);
      await page.getByRole('button', { name: /^log-analyst/ }).click();
    },
  },
  approval: { show: open('/sessions/ses_waiting') },
  'approval-pattern': {
    show: async (page) => {
      await page.goto(`${origin}/sessions/ses_waiting`);
      await page.getByRole('button', { name: /Allow for session/ }).click();
    },
  },
  question: { show: open('/sessions/ses_asking') },
  empty: { show: open('/sessions/ses_empty') },
  starting: { show: open('/sessions/ses_starting') },
  ended: { show: open('/sessions/ses_ended') },
  failed: { show: open('/sessions/ses_failed') },
  missing: { show: open('/sessions/ses_none') },
  large: {
    show: async (page) => {
      await page.goto(`${origin}/sessions/ses_large`);
      await page.getByRole('article').first().waitFor();
    },
  },
  streaming: {
    knobs: { pace: 40 },
    show: async (page) => {
      await page.goto(`${origin}/sessions/ses_empty`);
      for (const text of ['What happened?', 'Then write the report', 'refuse me']) {
        await page.getByLabel('Prompt', { exact: true }).fill(text);
        await page.getByRole('button', { name: /^(Send|Queue) prompt$/ }).click();
        if (text === 'What happened?') await page.getByRole('article', { name: 'You' }).last().waitFor();
      }
      await page.getByText('What I found').last().waitFor();
    },
  },
  reconnecting: {
    show: async (page) => {
      await page.goto(`${origin}/sessions/ses_main`);
      await page.getByText('Live').waitFor();
      await knobs({ down: true });
      await page.getByRole('button', { name: 'Try now' }).waitFor();
    },
  },
  profiles: { show: open('/profiles') },
  profile: { show: open('/profiles/prf_inv') },
  'profile-errors': {
    show: async (page) => {
      await page.goto(`${origin}/profiles/new`);
      await page.getByLabel('MCP servers, as JSON').fill('{oops');
      await page.getByLabel('Turns per prompt').fill('0');
      await page.getByRole('button', { name: 'Create profile' }).click();
    },
  },
  settings: { show: open('/settings') },
  inbox: { show: open('/inbox') },
  details: { show: open('/sessions/ses_main/details') },
  'not-found': { show: open('/nowhere') },
  menu: {
    show: async (page) => {
      await page.goto(origin);
      await page.getByRole('heading', { name: 'Sessions', exact: true }).waitFor();
      const burger = page.getByRole('button', { name: 'Open the menu' });
      if (await burger.isVisible()) await burger.click();
      await page.getByRole('button', { name: /theme and sign-out/ }).click();
      await page.getByRole('menu').waitFor();
    },
  },
};

const normal = { signedIn: true, registered: true, credential: 'api_key', down: false, mode: 'local', pace: 15, old: 0, empty: false };

const server = spawn(process.execPath, [join(import.meta.dirname, 'mock-server.ts'), String(port)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await new Promise((resolve) => server.stdout.once('data', resolve));
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  for (const [look, options] of Object.entries(looks)) {
    if (onlyLook !== undefined && !onlyLook.split(',').includes(look)) continue;
    const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
    for (const [name, screen] of Object.entries(screens)) {
      if (only !== undefined && !only.split(',').includes(name)) continue;
      await lookAt(context, look, name, screen);
    }
    await context.close();
  }
} finally {
  await browser.close();
  server.kill();
}
process.stdout.write(`${count} faults.
`);
if (count > 0) process.exitCode = 1;

async function lookAt(context: BrowserContext, look: string, name: string, screen: Screen): Promise<void> {
  await knobs({ ...normal, ...screen.knobs });
  const page = await context.newPage();
  const where = `${name} (${look})`;
  page.on('pageerror', (error) => faults.push(`${where}: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    const isExpected = /Failed to load resource|WebSocket connection/.test(text);
    if ((message.type() === 'error' || message.type() === 'warning') && !isExpected) faults.push(`${where}: ${text}`);
  });
  try {
    await screen.show(page);
    await page.waitForLoadState('networkidle').catch(() => undefined);
    await page.waitForTimeout(900);
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
    await audit(page, where);
  } catch (error) {
    faults.push(`${where}: ${error instanceof Error ? error.message.split('\n').slice(0, 4).join(' ') : String(error)}`);
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) }).catch(() => undefined);
  }
  await page.close();
  for (const fault of faults.splice(0)) {
    count += 1;
    process.stdout.write(`${fault}\n`);
  }
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

async function audit(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<AxeResult>(
    'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })',
  );
  for (const { id, help, nodes: all } of found.violations) {
    // An open menu has the focus; that it stands in no landmark keeps nobody from it.
    const nodes = all.filter((node) => !(id === 'region' && node.html.includes('data-radix-popper')));
    if (nodes.length === 0) continue;
    faults.push(
      `${where}: axe ${id}: ${help}: ${nodes
        .map((node) => `${node.html.slice(0, 140)} [${node.failureSummary.replace(/\s+/g, ' ').slice(0, 200)}]`)
        .slice(0, 3)
        .join(' | ')}`,
    );
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (overflow > 0) faults.push(`${where}: the page is ${overflow} px wider than the screen`);
}
