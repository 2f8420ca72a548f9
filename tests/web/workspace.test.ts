import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser, axeViolations, browserPath } from '../harness/browser.ts';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { script } from '../harness/user.ts';
import { look as lookAt, picture } from './workbench.ts';

const pdf = (text: string) => {
  const stream = `BT /F1 24 Tf 72 700 Td (${text}) Tj ET`;
  return [
    '%PDF-1.4',
    '1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj',
    '2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj',
    '3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>> endobj',
    `4 0 obj <</Length ${stream.length}>> stream\n${stream}\nendstream endobj`,
    '5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj',
    'trailer <</Root 1 0 R>>',
    '%%EOF',
  ].join('\n');
};
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><rect width="320" height="200" rx="24" fill="#2f6feb"/><circle cx="160" cy="100" r="60" fill="#fff"/></svg>';
const csv = `host,user,bytes\n${Array.from({ length: 400 }, (_, n) => `host-${n},"user, ${n}",${n * 1024}`).join('\n')}\n`;
const program = `import json\n\n\ndef summary(path):\n    """What is in a log."""\n    with open(path) as log:\n        return [json.loads(line) for line in log]\n`;

const report = `I have read the log of the night and written it up.

**What happened**

- \`FIN-LAPTOP-7\` asked for one address every 60 seconds, give or take 3 seconds: the beat of a beacon.
- The first of these requests came 14 seconds after a macro had run.
- Nothing was sent but the requests themselves: 412 bytes each.

**The hosts it spoke with**

| Address      | Requests | First seen | Last seen |
| ------------ | -------: | ---------- | --------- |
| 45.33.32.156 |      431 | 22:04      | 05:15     |
| 10.0.0.12    |       18 | 22:03      | 23:47     |
| 10.0.0.53    |       77 | 21:58      | 05:16     |

**What I changed**

1. \`notes.md\` says what was seen, and when.
2. \`uploads/summary.py\` now tells that it reads all events of a log.

**What to do next**

- Isolate \`FIN-LAPTOP-7\` before somebody logs in to it.
- Look for the same beat on the other laptops of that department.
- Keep the log: the proxy deletes it after 14 days.
`;

describe.skipIf(browserPath === undefined)(
  `the workspace in a browser${browserPath === undefined ? ' (there is none: apt-get install -y chromium)' : ''}`,
  () => {
    let system: System;
    let browser: Browser;
    let page: Page;
    let files: string;

    beforeAll(async () => {
      files = mkdtempSync(path.join(tmpdir(), 'files-'));
      system = await System.start({ env: { AI_SESSIONS_SANDBOX: 'bubblewrap' } });
      browser = await Browser.open();
      page = await browser.page(system.signInLink);
      await page.getByRole('button', { name: 'Register' }).click();
      await page.getByLabel('Anthropic API key').fill('sk-ant-api03-of-the-browser');
      await page.getByRole('button', { name: 'Store key' }).click();
      await page.getByRole('button', { name: 'New session' }).first().click();
      await page.getByRole('button', { name: 'Create session' }).click();
      await page.getByRole('textbox', { name: 'Prompt' }).waitFor();
    });
    afterAll(async () => {
      await browser?.[Symbol.asyncDispose]();
      await system?.[Symbol.asyncDispose]();
      rmSync(files, { recursive: true, force: true });
    });

    const open = async (tab: string) => {
      await page.getByRole('navigation', { name: 'Parts of this session' }).getByRole('link', { name: tab }).click();
      await page.getByRole('region', { name: tab, exact: true }).waitFor();
    };
    const upload = async (name: string, content: string | Buffer) => {
      writeFileSync(path.join(files, name), content);
      await page.getByLabel('Files to upload').setInputFiles(path.join(files, name));
      await page.getByText(`/workspace/uploads/${name}`).waitFor();
    };
    const look = (name: string) => lookAt(page, name);

    test('files: upload, browse, and see a text, a table, an image and a PDF; download', async () => {
      await open('Files');
      await page.getByText('The workspace is empty').waitFor();
      await upload('report.csv', csv);
      await upload('picture.svg', svg);
      await upload('paper.pdf', pdf('Findings of the night'));
      await upload('summary.py', program);
      await page.getByRole('button', { name: 'Clear finished' }).click();
      await page.getByRole('button', { name: /^uploads\s*, folder/ }).click();
      await page.getByRole('button', { name: /^report\.csv/ }).click();
      await page.getByRole('columnheader', { name: 'user' }).waitFor();
      await page.getByRole('cell', { name: 'user, 3', exact: true }).waitFor();
      await look('files-table');
      await page.getByRole('button', { name: /^summary\.py/ }).click();
      await page.locator('.hljs-keyword', { hasText: 'def' }).waitFor();
      await look('files');
      await page.getByRole('button', { name: /^picture\.svg/ }).click();
      await page.getByText('320 × 200 pixels').waitFor();
      await page.getByRole('button', { name: /^paper\.pdf/ }).click();
      await page.getByText('Findings of the night').waitFor({ state: 'attached' });
      await picture(page, 'files-pdf');
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download this folder as a zip archive' }).click();
      expect((await saved).suggestedFilename()).toBe('uploads.zip');
      expect(browser.complaints).toEqual([]);
    });

    test('files: dropped and pasted; paused and resumed', async () => {
      await page.evaluate(`
        const section = document.querySelector('section[aria-label="Files of the workspace"]');
        for (const kind of ['drop', 'paste']) {
          const data = new DataTransfer();
          data.items.add(new File([kind], kind === 'drop' ? 'dropped.txt' : 'pasted.txt', { type: 'text/plain' }));
          const event = kind === 'drop' ? new DragEvent(kind, { dataTransfer: data, bubbles: true }) : new ClipboardEvent(kind, { clipboardData: data, bubbles: true });
          section.dispatchEvent(event);
        }
      `);
      await page.getByText('/workspace/uploads/dropped.txt').waitFor();
      await page.getByText('/workspace/uploads/pasted.txt').waitFor();
      // Slow enough to be stopped in the middle.
      const network = await page.context().newCDPSession(page);
      await network.send('Network.enable');
      await network.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 5,
        downloadThroughput: -1,
        uploadThroughput: 1_000_000,
      });
      const large = Buffer.alloc(12_000_000, 'large ');
      writeFileSync(path.join(files, 'large.bin'), large);
      await page.getByLabel('Files to upload').setInputFiles(path.join(files, 'large.bin'));
      await until(
        async () =>
          (await page
            .getByRole('progressbar', { name: 'Upload of large.bin' })
            .getAttribute('value')
            .catch(() => '0')) !== '0',
      );
      await page.getByRole('button', { name: 'Pause large.bin' }).click();
      await page.getByText(/paused at/).waitFor();
      await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
      await page.getByRole('button', { name: 'Resume large.bin' }).click();
      await page.getByText('/workspace/uploads/large.bin').waitFor();
      await page.getByRole('button', { name: /^large\.bin/ }).waitFor();
    });

    test('changes: what Claude wrote shows by itself, line by line', async () => {
      await open('Changes');
      await page.getByRole('textbox', { name: 'Prompt' }).fill(
        script(
          {
            text: 'I make a repository and change it.',
            tools: [
              { name: 'Write', input: { file_path: '/workspace/notes.md', content: '# Notes\n\nThe host was quiet.\n' } },
              {
                name: 'Write',
                input: {
                  file_path: '/workspace/uploads/summary.py',
                  content: program.replace('What is in a log.', 'All events of a log.'),
                },
              },
            ],
          },
          { text: report },
        ),
      );
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: /added:\s*notes\.md/ }).waitFor();
      await page.getByLabel('Since').selectOption('the last prompt');
      await page
        .getByRole('button', { name: /modified:\s*summary\.py/ })
        .or(page.getByRole('button', { name: /added:\s*notes\.md/ }))
        .first()
        .click();
      await page.getByText('The host was quiet.').first().waitFor();
      await look('changes');
      expect(browser.complaints).toEqual([]);
    });

    test('usage: over days as a plot and as a table, by model and by session', async () => {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Usage' }).click();
      await page.getByRole('img', { name: /^Cost by day/ }).waitFor();
      await page.getByRole('table', { name: 'Use by model' }).getByText('claude').first().waitFor();
      await page.locator('.u-wrap canvas').waitFor();
      await look('usage');
      await page.getByRole('button', { name: 'Table' }).click();
      await page.getByRole('table', { name: 'Use by day' }).waitFor();
      expect(browser.complaints).toEqual([]);
    });

    test('profiles: rules are tried as they are typed, variables are write-only, an MCP server is tested', async () => {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Profiles' }).click();
      await page.getByRole('link', { name: 'New profile' }).first().click();
      await page.getByLabel('Name', { exact: true }).fill('Night watch');
      await page.getByLabel('Allowed without asking').fill('Read\nBash(git log:*)\nBash(head:*)');
      await page.getByLabel('Denied', { exact: true }).fill('Bash(git push:*)');
      const trial = page.getByRole('region', { name: 'Try the rules' });
      await trial.getByText('Runs without asking').waitFor();
      await trial.getByLabel('Command').fill('git log | head; git push');
      await trial.getByText('Is denied').waitFor();
      await trial.getByText('Bash(git push:*)', { exact: true }).waitFor();
      await trial.getByLabel('Command').fill('curl https://example.com');
      await trial.getByText('Asks you first').waitFor();
      await page.getByLabel('Only the hosts named here').check();
      await page.getByLabel('Allowed hosts').fill('*.example.com');
      await page.getByRole('group', { name: 'Environment variables' }).getByRole('button', { name: 'Add' }).click();
      await page.getByLabel('Variable').fill('REGION');
      await page.getByLabel('Value of REGION').fill('secret-region');
      await page.getByRole('button', { name: 'Add an MCP server' }).click();
      const server = page.getByRole('group', { name: /^MCP server/ });
      await server.getByLabel('Name').fill('nothing');
      await server.getByLabel('Address').fill('http://127.0.0.1:9/mcp');
      await server.getByRole('button', { name: 'Test the connection' }).click();
      await server.getByText('It could not be reached').waitFor();
      await look('profile');
      await page.getByRole('button', { name: 'Create profile' }).click();
      await page.getByRole('link', { name: 'Night watch' }).click();
      expect(await page.getByLabel('Value of REGION').inputValue()).toBe('');
      expect(await page.getByLabel('Value of REGION').getAttribute('placeholder')).toContain('Stored');
      expect(await page.getByLabel('Allowed hosts').inputValue()).toBe('*.example.com');
      expect(browser.complaints).toEqual([]);
    });

    test('settings: theme, notifications, and a deregistration that has to be typed', async () => {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Settings' }).click();
      await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
      expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
      await page.getByRole('radio', { name: 'As the system' }).check({ force: true });
      await look('settings');
      await page.getByRole('button', { name: 'Delete everything…' }).click();
      const go = page.getByRole('button', { name: 'Delete everything', exact: true });
      expect(await go.isDisabled()).toBe(true);
      expect(await axeViolations(page)).toEqual([]);
      await page.getByLabel(/To go ahead, type/).fill('admin@localhost');
      expect(await go.isDisabled()).toBe(false);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('region', { name: 'Open sessions' }).getByRole('link').first().click();
    });

    test('terminal: a shell in the sandbox, over a server that is killed, with a full-screen program', async () => {
      await open('Terminal');
      const screen = page.locator('.xterm-rows');
      await page.getByText('Opening the shell…').waitFor({ state: 'detached' });
      await screen.getByText('/workspace').waitFor();
      await page.getByRole('textbox', { name: /Shell main/ }).focus();
      await page.keyboard.type('cd uploads; ls; echo shell-$((40+2))\n');
      await screen.getByText('shell-42').waitFor();
      await look('terminal');
      await page.getByRole('textbox', { name: /Shell main/ }).focus();
      await page.keyboard.type('(sleep 3; echo after-$((1+1))-kill) & \n');
      // The job's number: what was typed has arrived.
      await screen.getByText(/\[1\] \d+/).waitFor();
      await system.kill('server');
      await page.getByText(/connection was cut/).waitFor();
      await screen.getByText('after-2-kill').waitFor({ timeout: 90_000 });
      await page.keyboard.type('less -N summary.py\n');
      await screen.getByText('def summary(path):').waitFor();
      await page.keyboard.type('q');
      await screen.getByText('shell-42').waitFor();
      // The keyboard gets out again.
      await page.keyboard.press('Control+Shift+Escape');
      expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('tab');
      await page.getByRole('button', { name: 'New shell' }).click();
      await page.getByRole('tab', { name: 'second' }).waitFor();
      await page.getByText('Opening the shell…').waitFor({ state: 'detached' });
      await page.getByRole('textbox', { name: /Shell second/ }).focus();
      await page.keyboard.type('exit\n');
      await page.getByText('ended with exit code 0').waitFor();
      // As in every row of tabs, the arrow keys go through the shells, and the keyboard stays there.
      await page.getByRole('tab', { name: 'second' }).focus();
      await page.keyboard.press('ArrowLeft');
      await page.getByRole('tab', { name: 'main', selected: true }).waitFor();
      await page.getByText('Opening the shell…').waitFor({ state: 'detached' });
      expect(await page.evaluate('document.activeElement.textContent')).toBe('main');
      expect(browser.complaints).toEqual([]);
    });

    test('network: what went out and what was denied, and the model calls with their cost', async () => {
      await page.getByRole('tab', { name: 'main' }).click();
      await page.getByText('Opening the shell…').waitFor({ state: 'detached' });
      await page.getByRole('textbox', { name: /Shell main/ }).focus();
      await page.keyboard.type('curl -sS -m 5 http://169.254.169.254/latest; echo tried-$((1+1))\n');
      await page.locator('.xterm-rows').getByText('tried-2').waitFor();
      await open('Network');
      await page.getByRole('row', { name: /169\.254\.169\.254:80.*Denied/ }).waitFor();
      await page
        .getByRole('row', { name: /claude.*model call.*\$/ })
        .first()
        .waitFor();
      await look('network');
      await page.getByRole('button', { name: 'Model calls' }).click();
      await until(
        async () => (await page.getByRole('row', { name: /Denied/ }).count()) === 0,
        () => 'what was denied is still listed',
      );
      expect(browser.complaints).toEqual([]);
    });
  },
);
