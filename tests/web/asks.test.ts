import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from '../harness/browser.ts';
import { until } from '../harness/until.ts';
import { script } from '../harness/user.ts';
import { expectClean, Workbench } from './workbench.ts';

const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'a test' } });

describe.skipIf(browserPath === undefined)(
  `approvals and questions in a browser${browserPath === undefined ? ' (there is none: apt-get install -y chromium)' : ''}`,
  () => {
    let bench: Workbench;
    let page: Page;
    /** The part of the inbox that is about a session. */
    const ask = (session: string) => page.getByRole('listitem').filter({ has: page.getByRole('link', { name: session, exact: true }) });
    const asking = async (name: string, ...steps: object[]) => {
      const { id } = await bench.user.createSession({ name, initial_prompt: script(...steps) });
      await ask(name).waitFor();
      return id;
    };
    const output = async (id: string): Promise<string> => {
      const said = async () => (await bench.user.history(id)).flatMap((event) => (event.type === 'result' ? [event.payload.result] : []));
      await until(
        async () => (await said()).length > 0,
        () => `no result in ${id}`,
      );
      return (await said()).join('\n');
    };

    beforeAll(async () => {
      bench = await Workbench.open();
      await bench.browser.context.grantPermissions(['notifications'], { origin: bench.system.url });
      page = await bench.page('/inbox');
      await page.getByText('Nothing waits for you').waitFor();
    });
    afterAll(async () => {
      await bench?.[Symbol.asyncDispose]();
    });

    test('an analyst who looks elsewhere is called, and the title counts', async () => {
      await page.getByRole('button', { name: 'Notify me' }).click();
      await page.getByRole('button', { name: 'Notifications are on' }).waitFor();
      await page.evaluate(`
        globalThis.told = [];
        const Original = globalThis.Notification;
        globalThis.Notification = class extends Original {
          constructor(title, options) {
            super(title, options);
            globalThis.told.push(title + ': ' + options.body);
          }
        };
        document.hasFocus = () => false;`);
      await asking('Called', { tools: [bash('touch called')] }, { text: 'done' });
      await until(
        async () => (await page.evaluate<string[]>('globalThis.told')).includes('Called: Claude asks to run a command'),
        () => 'no notification came',
      );
      expect(await page.title()).toBe('(1) Inbox · AI Sessions');
      await expectClean(page);
      await ask('Called')
        .getByRole('button', { name: /Allow once/ })
        .click();
      await ask('Called').getByText('You allowed this.').waitFor();
      await until(
        async () => (await page.title()) === 'Inbox · AI Sessions',
        () => 'the title still counts',
      );
    });

    test('allowed with another input, for the session by a changed pattern, denied with a reason, and answered', async () => {
      const edited = await asking('Edited', { tools: [bash('echo as-asked > f; cat f')] }, { text: '{{last_tool_result}}' });
      await ask('Edited').getByRole('button', { name: 'Edit input…' }).click();
      await ask('Edited').getByRole('textbox').fill('{ "command": ');
      await ask('Edited').getByRole('button', { name: 'Allow with this input' }).click();
      await ask('Edited')
        .getByText(/This is not JSON/)
        .waitFor();
      await ask('Edited').getByRole('textbox').fill('{ "command": "echo as-edited > f; cat f" }');
      await ask('Edited').getByRole('button', { name: 'Allow with this input' }).click();
      expect(await output(edited)).toContain('as-edited');

      const patterned = await asking(
        'Pattern',
        { tools: [bash('touch one')] },
        { tools: [bash('touch two && echo not-asked')] },
        { text: '{{last_tool_result}}' },
      );
      await ask('Pattern')
        .getByRole('button', { name: /Allow for session/ })
        .click();
      await ask('Pattern').getByRole('textbox').fill('Bash');
      await ask('Pattern').getByRole('button', { name: 'Allow for session', exact: true }).click();
      expect(await output(patterned)).toContain('not-asked');

      const denied = await asking('Denied', { tools: [bash('touch never')] }, { text: 'It said: {{last_tool_result}}' });
      await ask('Denied').getByRole('button', { name: /Deny…/ }).focus();
      await page.keyboard.press('n');
      await page.keyboard.type('Ask the owner first.');
      await page.keyboard.press('Enter');
      expect(await output(denied)).toContain('Ask the owner first.');

      const question = {
        question: 'Which way?',
        header: 'Way',
        options: [
          { label: 'Left', description: 'L' },
          { label: 'Right', description: 'R' },
        ],
        multiSelect: false,
      };
      const answered = await asking(
        'Question',
        { tools: [{ name: 'AskUserQuestion', input: { questions: [question] } }] },
        { text: '{{last_tool_result}}' },
      );
      await expectClean(page);
      await ask('Question').getByText('Right').click();
      await ask('Question').getByRole('button', { name: 'Answer' }).click();
      expect(await output(answered)).toContain('Right');
      await page.getByRole('button', { name: 'Clear what is answered' }).click();
      await page.getByText('Nothing waits for you').waitFor();
    });

    test('what was answered elsewhere says so, and does not jump away', async () => {
      await asking('Elsewhere', { tools: [bash('touch elsewhere')] }, { text: 'done' });
      await ask('Elsewhere').getByRole('button', { name: /Deny…/ }).click();
      const { body } = await bench.user.call('GET', '/v1/approvals', undefined, 200);
      const [open] = body['approvals'] as { id: string }[];
      await bench.user.call('POST', `/v1/approvals/${open?.id ?? ''}`, { approved: true }, 200);
      await ask('Elsewhere').getByText('Answered elsewhere.').waitFor();
      await expectClean(page);
      expect(bench.browser.complaints).toEqual([]);
    });
  },
);
