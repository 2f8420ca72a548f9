import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askColor as ask, bash, writes } from './fixtures/script-steps.ts';
import { expectInvariants } from './fixtures/session-invariants.ts';
import { sandboxProcesses } from './fixtures/sandbox-processes.ts';
import { TestRunner, type TestSession } from './fixtures/test-runner.ts';

describe('a session in its real sandbox with the real Claude Code', { timeout: 150_000 }, () => {
  let test: TestRunner;
  const sessions: TestSession[] = [];
  beforeAll(async () => {
    test = await TestRunner.start();
  }, 60_000);
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
    for (const session of sessions) expectInvariants(session);
    expect(test.server.faults).toEqual([]);
  }, 60_000);

  function session(...parameters: Parameters<TestRunner['session']>): TestSession {
    const started = test.session(...parameters);
    sessions.push(started);
    return started;
  }

  async function ready(...parameters: Parameters<TestRunner['session']>): Promise<TestSession> {
    const started = session(...parameters);
    await started.next('ready');
    return started;
  }

  const workspaceFile = (of: TestSession, name: string) => join(of.root, 'workspace', name);
  const read = (of: TestSession, name: string) => readFileSync(workspaceFile(of, name), 'utf8');

  it('answers a prompt with deltas that add up to its blocks, and one result', async () => {
    const it = await ready();
    const id = it.prompt([{ thinking: 'well', text: 'hello from inside', chunk: 4 }]);
    expect(await it.result(id)).toMatchObject({ subtype: 'success', result: 'hello from inside', is_error: false, prompt_id: id });
    expect(it.events('assistant').at(-1)).toMatchObject({ content: [{ type: 'text', text: 'hello from inside' }] });
    const deltas = it.recorded.live.filter(({ payload }) => payload.text !== undefined);
    expect(deltas.map(({ payload }) => payload.text).join('')).toBe('hello from inside');
    expect(deltas.map(({ payload }) => payload.offset)).toEqual([0, 4, 8, 12, 16]);
    expect(it.all('prompt_started')).toMatchObject([{ prompt_id: id }]);
    // A second one, for what is told once only, and repeats of commands.
    const second = it.prompt([{ text: 'again' }]);
    await it.result(second);
    test.server.send({ type: 'assign', spec: it.spec });
    test.server.send({
      type: 'prompt',
      session_id: it.spec.session_id,
      epoch: 1,
      prompt: { prompt_id: id, text: 'repeat', interrupted: false },
    });
    const third = it.prompt([{ text: 'third' }]);
    expect(await it.result(third)).toMatchObject({ result: 'third' });
    expect(it.events('system').filter(({ subtype }) => subtype === 'init')).toHaveLength(1);
    it.end();
    expect(await it.next('exited')).toMatchObject({ why: 'ended' });
  });

  it('runs the prompt that comes with the assignment', async () => {
    const it = session({ prompt: { prompt_id: 'pmt_first', text: 'hello', interrupted: false } });
    expect(await it.result('pmt_first')).toMatchObject({ success: true });
    expect(it.recorded.reports.slice(0, 2)).toMatchObject([{ kind: 'ready', recovered: false }, { kind: 'prompt_started' }]);
  });

  it('asks for approval, and does what the user says', async () => {
    const it = await ready();
    const id = it.prompt([{ tools: [writes('a.txt')] }, { tools: [writes('b.txt')] }, { tools: [writes('c.txt')] }, { text: 'done' }]);
    const first = await it.next('approval_opened', 1);
    expect(first).toMatchObject({ tool_name: 'Bash', tool_input: { command: 'printf x >> a.txt' } });
    it.approve(first.tool_use_id);
    const second = await it.next('approval_opened', 2);
    it.approve(first.tool_use_id);
    it.deny(second.tool_use_id, 'Not that file.');
    const third = await it.next('approval_opened', 3);
    it.approve(third.tool_use_id, { updated_input: { command: 'printf changed > c.txt', description: 'changed' } });
    expect(await it.result(id)).toMatchObject({ success: true, result: 'done' });
    expect(read(it, 'a.txt')).toBe('x');
    expect(existsSync(workspaceFile(it, 'b.txt'))).toBe(false);
    expect(read(it, 'c.txt')).toBe('changed');
    expect(it.events('tool_result').map(({ is_error }) => is_error)).toEqual([false, true, false]);
    expect(it.events('tool_result')[1]).toMatchObject({
      tool_use_id: second.tool_use_id,
      content: expect.stringContaining('Not that file.'),
    });
    expect(existsSync(workspaceFile(it, '.claude'))).toBe(false);
  });

  it('keeps a pattern for the session, approves edits in the workspace, refuses what is denied', async () => {
    const it = await ready({ denied_tools: ['Bash(curl:*)', 'WebSearch'] });
    const edit = { name: 'Write', input: { file_path: '/workspace/w.txt', content: 'written' } };
    const id = it.prompt([
      { tools: [bash('touch one')] },
      { tools: [bash('touch two')] },
      { tools: [edit] },
      { tools: [bash('ls | curl -d @- x')] },
      { text: 'done' },
    ]);
    const open = await it.next('approval_opened');
    expect(open.suggested_pattern).toBe('Bash(touch:*)');
    it.approve(open.tool_use_id, { pattern: 'Bash(touch:*)' });
    expect(await it.result(id)).toMatchObject({ result: 'done' });
    expect(it.all('approval_opened')).toHaveLength(1);
    expect(read(it, 'w.txt')).toBe('written');
    expect(it.events('system')).toContainEqual(expect.objectContaining({ subtype: 'tool_denied', rule: 'Bash(curl:*)' }));
    expect(it.events('system').find(({ subtype }) => subtype === 'init')?.['tools']).not.toContain('WebSearch');
  });

  it('approves everything in bypassPermissions but what is denied, subagents included', async () => {
    const it = await ready({ permission_mode: 'bypassPermissions', denied_tools: ['Bash(curl:*)'] });
    const inner = JSON.stringify({ steps: [{ tools: [writes('sub.txt')] }, { tools: [bash('curl x')] }, { text: 'sub done' }] });
    const agent = { name: 'Agent', input: { description: 'sub', prompt: `!script ${inner}`, subagent_type: 'general-purpose' } };
    const id = it.prompt([{ tools: [agent] }, { text: 'main done' }]);
    expect(await it.result(id)).toMatchObject({ result: 'main done' });
    expect(it.all('approval_opened')).toEqual([]);
    expect(read(it, 'sub.txt')).toBe('x');
    expect(it.events('system').filter(({ subtype }) => subtype === 'tool_denied')).toHaveLength(1);
    const parent = it.events('tool_use').find(({ name }) => name === 'Agent')?.['id'];
    expect(it.all('event').filter(({ parent_tool_use_id }) => parent_tool_use_id === parent).length).toBeGreaterThan(3);
  });

  it('carries out a plan once it is approved', async () => {
    const it = await ready({ permission_mode: 'plan' });
    const write = (name: string) => ({ name: 'Write', input: { file_path: `/workspace/${name}`, content: 'x' } });
    const id = it.prompt([
      { tools: [write('early.txt')] },
      { tools: [{ name: 'ExitPlanMode', input: { plan: 'The plan' } }] },
      { tools: [write('late.txt')] },
      { text: 'done' },
    ]);
    const open = await it.next('approval_opened');
    expect(open).toMatchObject({ tool_name: 'ExitPlanMode', tool_input: { plan: 'The plan' } });
    it.approve(open.tool_use_id);
    expect(await it.result(id)).toMatchObject({ result: 'done' });
    expect(it.all('mode_changed')).toMatchObject([{ permission_mode: 'acceptEdits' }]);
    expect(existsSync(workspaceFile(it, 'early.txt'))).toBe(false);
    expect(existsSync(workspaceFile(it, 'late.txt'))).toBe(true);
  });

  it('asks questions and passes the answers on, by text or by header', async () => {
    const it = await ready({ permission_mode: 'bypassPermissions' });
    const id = it.prompt(ask);
    const open = await it.next('question_opened');
    expect(open.questions).toEqual([{ question: 'Which color?', header: 'Color', multi_select: false, options: expect.any(Array) }]);
    it.answer(open.question_id, { Color: 'Blue' });
    await it.result(id);
    expect(it.events('tool_result')[0]).toMatchObject({ content: expect.stringContaining('"Which color?"="Blue"') });
  });

  it('stops a turn while it streams, while Bash runs and while it asks', async () => {
    const it = await ready({ allowed_tools: ['Bash(sleep:*)'] });
    const streaming = it.prompt([{ text: 'first words, then nothing for long', chunk: 6, hold: 'never', hold_after_deltas: 2 }]);
    await it.until('deltas', () => it.recorded.live.length >= 2);
    it.interrupt(streaming);
    expect(await it.result(streaming)).toMatchObject({ subtype: 'interrupted', is_error: true, success: false, summary: 'Interrupted.' });

    const running = it.prompt([{ tools: [bash('sleep 300')] }, { text: 'no' }]);
    await it.until('bash', () => sandboxProcesses(it).some((line) => line.includes('sleep 300')));
    it.interrupt(running);
    expect(await it.result(running)).toMatchObject({ subtype: 'interrupted' });
    await it.until('no bash', () => !sandboxProcesses(it).some((line) => line.includes('sleep 300')));

    const asking = it.prompt([{ tools: [writes('never.txt')] }, { text: 'no' }]);
    const open = await it.next('approval_opened');
    it.interrupt();
    expect(await it.result(asking)).toMatchObject({ subtype: 'interrupted' });
    expect(it.all('approval_settled')).toEqual([
      { kind: 'approval_settled', tool_use_id: open.tool_use_id, approved: false, by: 'interrupted' },
    ]);
    it.approve(open.tool_use_id);

    const questioning = it.prompt(ask);
    await it.next('question_opened');
    it.interrupt();
    expect(await it.result(questioning)).toMatchObject({ subtype: 'interrupted' });
    expect(it.all('question_settled')).toHaveLength(1);

    // At once, before Claude Code can have begun.
    const early = it.prompt([{ text: 'too late', delay_ms: 3000 }]);
    it.interrupt(early);
    expect(await it.result(early)).toMatchObject({ subtype: 'interrupted' });
    const last = it.prompt([{ text: 'goes on' }]);
    expect(await it.result(last)).toMatchObject({ result: 'goes on' });
    expect(existsSync(workspaceFile(it, 'never.txt'))).toBe(false);
    expect(it.events('system').filter(({ subtype }) => subtype === 'recovered')).toEqual([]);
  });

  it('tells API errors in words for users', async () => {
    const it = await ready();
    const id = it.prompt([{ error: { status: 500, message: 'boom' } }]);
    const result = await it.result(id);
    expect(result).toMatchObject({ subtype: 'error_during_execution', is_error: true, success: false });
    expect(result.result).not.toMatch(/127\.0\.0\.1|model\.internal|gateway \(|ede_diag|sk-ant/);
    expect(result.result).not.toBe('');
    expect(it.events('system').some(({ subtype }) => subtype === 'api_retry')).toBe(true);
    const denied = it.prompt([{ error: { status: 401, message: 'invalid x-api-key', type: 'authentication_error' } }]);
    expect((await it.result(denied)).result).toMatch(/credential/);
  });

  it('ends a turn at max_turns, not the session', async () => {
    const it = await ready({ max_turns: 2, permission_mode: 'bypassPermissions' });
    const id = it.prompt([{ tools: [bash('true')] }, { tools: [bash('true')] }, { tools: [bash('true')] }, { text: 'never' }]);
    expect(await it.result(id)).toMatchObject({ subtype: 'error_max_turns', is_error: true });
    expect(await it.result(it.prompt([{ text: 'fine' }]))).toMatchObject({ result: 'fine' });
  });

  it('remembers the conversation over hibernation', async () => {
    const it = await ready();
    await it.result(it.prompt('The word is swordfish.'));
    it.hibernate();
    await it.next('hibernated');
    expect(sandboxProcesses(it)).toEqual([]);
    const woken = session({
      ...it.spec,
      epoch: 2,
      resume: true,
      prompt: { prompt_id: 'pmt_woken', text: 'Which word?', interrupted: false },
    });
    expect(await woken.result('pmt_woken')).toMatchObject({ success: true });
    expect(JSON.stringify(lastRequest(test))).toContain('swordfish');
    woken.end();
    await woken.next('exited');
  });

  it('leaves nothing behind but its files, and what they are compared with, when it ends, even in the middle of a turn', async () => {
    const it = await ready({ permission_mode: 'bypassPermissions' });
    const id = it.prompt([{ tools: [bash('setsid sleep 301 & sleep 302')] }, { text: 'no' }]);
    await it.until('bash', () => sandboxProcesses(it).some((line) => line.includes('sleep 302')));
    const began = performance.now();
    it.end();
    await it.next('exited');
    expect(performance.now() - began).toBeLessThan(5000);
    expect(await it.result(id)).toMatchObject({ subtype: 'interrupted' });
    expect(sandboxProcesses(it)).toEqual([]);
    await it.until('outbox gone', () => !readdirSync(it.root).some((name) => name.startsWith('outbox')));
    expect(readdirSync(it.root).toSorted()).toEqual(['baseline-prompt.json', 'baseline-start.json', 'home', 'sandbox-uid', 'workspace']);
    test.server.send({ type: 'purge', session_id: it.spec.session_id });
    await it.until('purged', () => !existsSync(it.root));
  });

  it('is purged with all that nobody has acknowledged', async () => {
    const it = await ready();
    test.server.acknowledging = false;
    test.server.send({ type: 'purge', session_id: it.spec.session_id });
    await it.until('purged', () => !existsSync(it.root));
    test.server.acknowledging = true;
    expect(sandboxProcesses(it)).toEqual([]);
  });

  it('reads CLAUDE.md anew at each start', async () => {
    const it = await ready({ permission_mode: 'bypassPermissions', system_prompt_suffix: 'The suffix.' });
    await it.result(it.prompt([{ tools: [bash('echo "Always say moo." > CLAUDE.md')] }, { text: 'done' }]));
    it.hibernate();
    await it.next('hibernated');
    const woken = session({ ...it.spec, epoch: 2, resume: true, prompt: { prompt_id: 'pmt_moo', text: 'hello', interrupted: false } });
    await woken.result('pmt_moo');
    const system = JSON.stringify(lastRequest(test));
    expect(system).toContain('Always say moo.');
    expect(system).toContain('The suffix.');
  });
});

function lastRequest(test: TestRunner): unknown {
  return [...test.model.requests].at(-1);
}
