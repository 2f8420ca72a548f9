import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from '../harness/browser.ts';
import { EverythingServer } from '../harness/mcp-servers.ts';
import { script } from '../harness/user.ts';
import { expectClean, look, say, Workbench } from './workbench.ts';

const allowed = { allowed_tools: ['Bash', 'Read', 'Write', 'Edit', 'Grep', 'Glob'] };
const bash = (command: string, description = 'a test') => ({ name: 'Bash', input: { command, description } });

describe.skipIf(browserPath === undefined)(
  `the cards of tools in a browser${browserPath === undefined ? ' (there is none: apt-get install -y chromium)' : ''}`,
  () => {
    let bench: Workbench;
    let everything: EverythingServer;
    const turns = (page: Page) => page.getByRole('article', { name: 'End of turn' });
    const card = (page: Page, name: RegExp) => page.getByRole('button', { name, expanded: false });

    beforeAll(async () => {
      everything = await EverythingServer.start('streamableHttp');
      bench = await Workbench.open({ env: { AI_SESSIONS_EGRESS_ALLOW: '127.0.0.1' } });
    });
    afterAll(async () => {
      await bench?.[Symbol.asyncDispose]();
      await everything?.[Symbol.asyncDispose]();
    });

    test('each tool has a card that shows what suits it, has an address, is found, and is exported', async () => {
      const { id, page } = await bench.session({ name: 'Cards', ...allowed });
      await say(
        page,
        script(
          { thinking: 'I think of a purple heron.', text: 'First some files.', tools: [bash('echo out-of-bash')] },
          { tools: [bash('echo to-the-end >&2; exit 3')] },
          { tools: [{ name: 'Write', input: { file_path: '/workspace/a.py', content: 'one = 1\ntwo = 2\n' } }] },
          { tools: [{ name: 'Read', input: { file_path: '/workspace/a.py' } }] },
          { tools: [{ name: 'Edit', input: { file_path: '/workspace/a.py', old_string: 'two = 2', new_string: 'two = 22' } }] },
          { tools: [{ name: 'Grep', input: { pattern: 'tw[o]', path: '/workspace', output_mode: 'content' } }] },
          {
            tools: [
              {
                name: 'Agent',
                input: {
                  description: 'Look deeper',
                  subagent_type: 'general-purpose',
                  run_in_background: false,
                  prompt: script({ text: 'A *kingfisher* from the deep.' }),
                },
              },
            ],
          },
          { text: 'That is **all**.' },
        ),
      );
      await turns(page).waitFor();
      const thought = page.getByRole('article', { name: 'Claude’s thinking' });
      expect(await thought.getByText('a purple heron').count()).toBe(0);
      await page.getByRole('button', { name: 'Thought' }).click();
      await thought.getByText('a purple heron').waitFor();

      await card(page, /^Bash echo out-of-bash/).click();
      await page.getByRole('group', { name: 'Output' }).getByText('out-of-bash').waitFor();
      await page.getByText('Exit code 0').waitFor();
      await card(page, /^Bash echo to-the-end.*Exit 3/).click();
      await page.getByText('Exit code 3').waitFor();
      await card(page, /^Edit a\.py/).click();
      const diff = page.getByRole('group', { name: 'Change to a.py' });
      expect(await diff.innerText()).toMatch(/removed:\s*two = 2\s[\s\S]*added:\s*two = 22/);
      await card(page, /^Read a\.py/).click();
      await page.getByRole('group', { name: 'Content' }).getByText('one = 1').waitFor();
      await card(page, /^Grep tw\[o\]/).click();
      await expectClean(page);

      // What a subagent said is folded away two deep; the address of its card opens it.
      const agent = card(page, /^general-purpose Look deeper/);
      await agent.click();
      await page.locator('em', { hasText: 'kingfisher' }).waitFor();
      const key = await page.locator('[data-key^="tool:"]', { hasText: 'Look deeper' }).getAttribute('data-key');
      const linked = await bench.page(`/sessions/${id}#${encodeURIComponent(key ?? '')}`);
      await linked.locator('em', { hasText: 'kingfisher' }).waitFor();
      expect(await linked.getByRole('group', { name: 'Content' }).count()).toBe(0);

      // The search sees what is folded away.
      await linked.keyboard.press('Control+f');
      await linked.getByRole('textbox', { name: 'Find in this conversation' }).fill('OUT-OF-bash');
      // Once in the prompt, once in the card, which is newer.
      await linked.getByRole('search').getByText('2', { exact: true }).waitFor();
      await linked.keyboard.press('Enter');
      await linked.getByRole('group', { name: 'Output' }).getByText('out-of-bash').waitFor();
      expect(await linked.evaluate("CSS.highlights.get('found')?.size ?? 0")).toBeGreaterThan(0);
      await linked.keyboard.press('Escape');
      await linked.getByRole('search').waitFor({ state: 'detached' });

      const saved = async (item: string) => {
        await linked.getByRole('button', { name: 'Actions for Cards' }).click();
        const download = linked.waitForEvent('download');
        await linked.getByRole('menuitem', { name: item }).click();
        return await readFile(await (await download).path(), 'utf8');
      };
      const markdown = await saved('Export as Markdown');
      expect(markdown).toMatch(/^# Cards\n/);
      expect(markdown).toContain('<summary>Bash echo out-of-bash</summary>');
      expect(markdown).toContain('A *kingfisher* from the deep.');
      const json = JSON.parse(await saved('Export as JSON')) as { events: { seq: number }[] };
      expect(json.events.map(({ seq }) => seq)).toEqual(json.events.map((_, index) => index + 1));
      await linked.close();
      await page.close();
    });

    test('a task list is a checklist, an MCP tool has its JSON laid out, a page and a subagent are read where they are', async () => {
      const url = 'https://indicators.example.com/list';
      const deep = script(
        { text: 'The subagent looks itself.', tools: [bash('echo from-the-deep')] },
        { text: 'The **subagent** has seen `{{last_tool_result}}`.' },
      );
      const { page } = await bench.session({
        name: 'Real tools',
        // Newer models keep no task list.
        model: 'claude-sonnet-4-5',
        permission_mode: 'bypassPermissions',
        mcp_servers: { everything: { type: 'http', url: everything.url } },
      });
      const step = (name: string, input: object) => ({ tools: [{ name, input }] });
      await say(
        page,
        script(
          step('TaskCreate', { subject: 'Read the indicators', description: 'd', activeForm: 'Reading the indicators' }),
          step('TaskCreate', { subject: 'Look at the host', description: 'd', activeForm: 'Looking at the host' }),
          step('TaskCreate', { subject: 'Write it up', description: 'd' }),
          step('TaskUpdate', { taskId: '1', status: 'completed' }),
          step('TaskUpdate', { taskId: '2', status: 'in_progress' }),
          step('WebFetch', { url, prompt: 'Which addresses are there?' }),
          { tools: [bash('seq 1 20000')] },
          step('mcp__everything__get-structured-content', { location: 'New York' }),
          step('Task', { description: 'Look at the host', subagent_type: 'general-purpose', prompt: deep }),
          { text: 'It waits.', hold: 'the-checklist' },
          { text: 'Done.' },
        ),
      );
      // While Claude works, what is left to do stands above the field for prompts.
      const left = page.getByRole('group', { name: 'Tasks' });
      await left.getByText('1 of 3 done · Looking at the host').waitFor();
      await left.getByText('Tasks', { exact: true }).click();
      expect(await left.getByRole('listitem').allInnerTexts()).toEqual([
        expect.stringMatching(/^Read the indicators\s*\(done\)$/),
        expect.stringMatching(/^Look at the host\s*\(in progress\)$/),
        expect.stringMatching(/^Write it up\s*\(to do\)$/),
      ]);
      await look(page, 'tasks');
      bench.system.model.release('the-checklist');
      await turns(page).waitFor();
      await left.waitFor({ state: 'detached' });

      await card(page, /^Tasks 1 of 3 done · Looking at the host/)
        .first()
        .click();
      await page.getByRole('listitem').filter({ hasText: 'Write it up' }).first().waitFor();
      await card(page, /^everything › get-structured-content/).click();
      const output = page.getByRole('group', { name: 'Output' });
      expect(await output.innerText()).toMatch(/\{\n {2}"temperature": [\d.]+,\n {2}"conditions"/);
      await card(page, /^Bash seq 1 20000/).click();
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download the whole output (109 kB)' }).click();
      expect((await readFile(await (await saved).path(), 'utf8')).trimEnd()).toMatch(/\n20000$/);
      await page.getByRole('button', { name: /^Bash seq 1 20000/ }).click();
      await card(page, /^WebFetch /).click();
      await page.getByRole('link', { name: url }).waitFor();
      await page.getByRole('group', { name: 'Error' }).waitFor();
      await card(page, /^general-purpose Look at the host/).click();
      const inner = page.getByRole('region', { name: 'Work of the subagent' });
      await inner.getByRole('button', { name: /^Bash echo from-the-deep/ }).click();
      await inner.getByRole('group', { name: 'Output' }).getByText('from-the-deep').waitFor();
      // Its last words are the result of the call.
      await page.locator('strong', { hasText: 'subagent' }).first().waitFor();
      expect(await page.getByRole('feed').innerText()).not.toContain('hand-back');
      await look(page, 'tools');
      expect(bench.browser.complaints).toEqual([]);
      await page.close();
    });
  },
);
