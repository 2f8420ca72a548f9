import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, script } from '../harness/user.ts';

let system: System;
let user: User;

beforeAll(async () => {
  system = await System.start({ env: { AI_SESSIONS_IDLE_TIMEOUT: '3s', AI_SESSIONS_APPROVAL_TIMEOUT: '3s' } });
  user = await system.user();
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'a test' } });

test('an idle session sleeps without a process; the next prompt finds conversation and files', async () => {
  const { id } = await user.createSession({ permission_mode: 'bypassPermissions' });
  const viewer = await user.view(id);
  viewer.prompt(script({ tools: [bash('echo remembered > note.txt')] }, { text: 'noted' }));
  await viewer.result();
  await user.sessionBecomes(id, { activity: 'hibernated', status: 'running' });
  await until(
    () => system.claudeProcesses().length === 0,
    () => JSON.stringify(system.claudeProcesses()),
  );
  viewer.prompt(script({ tools: [bash('cat note.txt')] }, { text: 'the note says {{last_tool_result}}' }));
  await viewer.result(2);
  expect(viewer.text()).toContain('the note says remembered');
  const sent = JSON.stringify(system.model.requests.at(-1)?.body);
  expect(sent).toContain('noted');
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
});

test('an approval that nobody sees expires as a deny that says so', async () => {
  const { id } = await user.createSession();
  const viewer = await user.view(id);
  viewer.prompt(script({ tools: [bash('touch x')] }, { text: 'heard: {{last_tool_result}}' }));
  await viewer.frame('tool_approval_request');
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect((await user.session(id)).activity).toBe('waiting');
  viewer.close();
  await until(async () => (await user.history(id)).some((event) => event.type === 'result'));
  const history = await user.history(id);
  expect(history.find((event) => event.type === 'tool_approval_resolved')?.payload).toMatchObject({ approved: false, by: 'expired' });
  expect(JSON.stringify(history)).toContain('Nobody answered in time');
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
});

describe('Claude Code killed with SIGKILL', () => {
  test('in the middle of an answer: it is resumed, and the prompt has exactly one result', async () => {
    const { id } = await user.createSession();
    const viewer = await user.view(id, { deltas: true });
    viewer.prompt(script({ text: 'slow '.repeat(400), chunk: 5, chunk_delay_ms: 20 }), 'p');
    await viewer.frame('assistant_delta');
    system.killClaude();
    await viewer.frame('system', ({ payload }) => payload.subtype === 'recovered');
    await viewer.result();
    viewer.prompt(script({ text: 'and on' }));
    expect(await viewer.result(2)).toMatchObject({ subtype: 'success' });
    const completed = viewer.events.filter((event) => event.type === 'prompt_status' && event.payload.status === 'completed');
    await until(() => viewer.events.filter((event) => event.type === 'prompt_status' && event.payload.status === 'completed').length === 2);
    expect(completed.length).toBeLessThanOrEqual(2);
    await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
  });

  test('with an approval open: it stays open under its id, its answer counts', async () => {
    const { id } = await user.createSession();
    const viewer = await user.view(id);
    viewer.prompt(script({ tools: [bash('touch x && echo ran')] }, { text: 'then {{last_tool_result}}' }));
    const { payload } = await viewer.frame('tool_approval_request');
    system.killClaude();
    await viewer.frame('system', ({ payload: { subtype } }) => subtype === 'recovered');
    viewer.send('tool_approval_response', { tool_use_id: payload.tool_use_id, approved: true });
    await viewer.result();
    expect(viewer.events.filter((event) => event.type === 'tool_approval_request').length).toBeLessThanOrEqual(2);
    await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
  });

  test('again and again: the session fails and says why', async () => {
    const { id } = await user.createSession();
    const viewer = await user.view(id);
    await user.sessionBecomes(id, { status: 'running' });
    for (let n = 0; n < 4; n++) {
      await until(() => system.claudeProcesses().length > 0);
      const recovered = () => viewer.events.filter((event) => event.type === 'system' && event.payload.subtype === 'recovered').length;
      const before = recovered();
      system.killClaude();
      await until(() => recovered() > before || viewer.closeCode !== null);
    }
    expect(await viewer.closed()).toBe(4100);
    expect(await user.session(id)).toMatchObject({ status: 'failed', termination_reason: 'process_crashed' });
    expect((await user.session(id)).error_message).not.toBeNull();
  });
});

test('the runner killed with SIGKILL in a turn: the session is taken up again and the turn ends with one result', async () => {
  const { id } = await user.createSession();
  const viewer = await user.view(id, { deltas: true });
  viewer.prompt(script({ text: 'first part' }), 'one');
  await viewer.result();
  viewer.prompt(script({ text: 'word '.repeat(300), chunk: 5, chunk_delay_ms: 20 }), 'two');
  await until(() => viewer.frames.filter((frame) => frame.type === 'assistant_delta').length > 10);
  await system.kill('runner');
  await viewer.result(2);
  viewer.prompt(script({ text: 'alive' }), 'three');
  await viewer.result(3);
  expect(viewer.text()).toContain('alive');
  const seqs = viewer.events.map((event) => event.seq);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, n) => n + 1));
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
});

test('the runner killed with SIGKILL just after an approved command has begun: it is not run again, and the turn says how it ended', async () => {
  const { id } = await user.createSession();
  const viewer = await user.view(id);
  viewer.prompt(script({ tools: [bash('echo ran >> runs.txt; sleep 30')] }, { text: 'after: {{last_tool_result}}' }));
  const { tool_use_id } = (await viewer.frame('tool_approval_request')).payload;
  const folder = path.join(system.dataDir, 'runner');
  const ran = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(`${id}/workspace/runs.txt`));
  viewer.send('tool_approval_response', { tool_use_id, approved: true });
  await until(() => ran().length === 1);
  await system.kill('runner');
  await viewer.result();
  expect(readFileSync(path.join(folder, ran()[0] ?? ''), 'utf8')).toBe('ran\n');
  expect(viewer.events.filter(({ type }) => type === 'tool_approval_request')).toHaveLength(1);
  expect(viewer.events.filter(({ type }) => type === 'result')).toHaveLength(1);
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
});

test('SIGTERM drains: clients are told 1012, exit 0; started again the sessions go on', async () => {
  const { id } = await user.createSession({ permission_mode: 'bypassPermissions' });
  const viewer = await user.view(id);
  viewer.prompt(script({ tools: [bash('echo kept > kept.txt')] }, { text: 'kept' }));
  await viewer.result();
  const code = await system.stop();
  expect(code).toBe(0);
  expect(await viewer.closed()).toBe(1012);
  await system.launch();
  const after = await user.view(id, { afterSeq: viewer.events.at(-1)?.seq ?? 0 });
  after.prompt(script({ tools: [bash('cat kept.txt')] }, { text: 'still {{last_tool_result}}' }));
  await after.result();
  expect(after.text()).toContain('still kept');
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
});

test('ended sessions leave no process, and their deleted records no folder', async () => {
  await user.endAll();
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) {
    const { id } = await user.createSession();
    ids.push(id);
    await user.sessionBecomes(id, { status: 'running' });
  }
  for (const id of ids) await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
  await until(
    () => system.claudeProcesses().length === 0,
    () => JSON.stringify(system.claudeProcesses()),
    8000,
  );
  for (const id of ids) await user.call('DELETE', `/v1/sessions/${id}/record`, undefined, 200);
  const folders = () => readdirSync(`${system.dataDir}/runner/sessions`);
  await until(
    () => folders().every((name) => !ids.includes(name)),
    () => `${folders().join(' ')}\n${system.output.slice(-3000)}`,
    10_000,
  );
  const cgroups = ['memory', 'pids', 'cpu'].flatMap((controller) => {
    try {
      return readdirSync(`/sys/fs/cgroup/${controller}`, { recursive: true }).map(String);
    } catch {
      return [];
    }
  });
  expect(cgroups.filter((name) => ids.some((id) => name.includes(id)))).toEqual([]);
});
