import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { System, processes } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, type Viewer, script } from '../harness/user.ts';

/*
 * How sessions begin, stop and come back. What holds throughout:
 * - seq is 1, 2, 3 … in what every viewer got and in the log;
 * - each prompt that started has one result, each that was queued ends as completed or cancelled;
 * - each approval that was asked is resolved once;
 * - an ended session has no process.
 */

let system: System;
let user: User;

beforeAll(async () => {
  system = await System.start({ env: { AI_SESSIONS_IDLE_TIMEOUT: '4s' } });
  user = await system.user();
});
// Some of what is done here takes the runner away.
beforeEach(() => system.ready());
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'a test' } });
const opened = async (settings: Record<string, unknown> = {}): Promise<{ id: string; viewer: Viewer }> => {
  const { id } = await user.createSession(settings);
  return { id, viewer: await user.view(id, { deltas: true }) };
};
const ofSession = (id: string) => processes().filter(({ command }) => command.includes(id));

async function expectWhole(id: string): Promise<void> {
  const history = await user.history(id);
  expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
  const prompts = Map.groupBy(
    history.flatMap((event) => (event.type === 'prompt_status' ? [event.payload] : [])),
    ({ prompt_id }) => prompt_id,
  );
  for (const [promptId, statuses] of prompts) {
    const told = statuses.map(({ status }) => status).join(' ');
    expect(['queued started completed', 'queued cancelled']).toContain(told);
    const results = history.filter((event) => event.type === 'result' && event.payload.prompt_id === promptId);
    expect(results, told).toHaveLength(told.includes('started') ? 1 : 0);
  }
  const asked = history.filter((event) => event.type === 'tool_approval_request').length;
  expect(history.filter((event) => event.type === 'tool_approval_resolved')).toHaveLength(asked);
}

describe('terminate works from every state, and leaves no process', () => {
  const cases: [string, () => Promise<{ id: string; viewer: Viewer }>][] = [
    ['pending', () => opened({ initial_prompt: script({ text: 'hello' }) })],
    [
      'idle',
      async () => {
        const one = await opened();
        await user.sessionBecomes(one.id, { status: 'running', activity: 'idle' });
        return one;
      },
    ],
    [
      'in the middle of an answer',
      async () => {
        const one = await opened();
        one.viewer.prompt(script({ text: 'word '.repeat(2000), chunk: 5, chunk_delay_ms: 20 }));
        one.viewer.prompt(script({ text: 'never' }));
        await one.viewer.frame('assistant_delta');
        return one;
      },
    ],
    [
      'in the middle of a command that will not end',
      async () => {
        const one = await opened({ permission_mode: 'bypassPermissions' });
        one.viewer.prompt(
          script({ tools: [bash('trap "" TERM INT HUP; (setsid sleep 1000 &) ; while true; do sleep 1; done')] }, { text: 'never' }),
        );
        await one.viewer.frame('tool_use');
        return one;
      },
    ],
    [
      'waiting for an approval',
      async () => {
        const one = await opened();
        one.viewer.prompt(script({ tools: [bash('touch x')] }, { text: 'never' }));
        await one.viewer.frame('tool_approval_request');
        return one;
      },
    ],
    [
      'while the model says nothing',
      async () => {
        const one = await opened();
        one.viewer.prompt(script({ delay_ms: 600_000, text: 'never' }));
        await one.viewer.frame('prompt_status', ({ payload }) => payload.status === 'started');
        return one;
      },
    ],
    [
      'while its Claude Code does not react (SIGSTOP)',
      async () => {
        const one = await opened();
        await user.sessionBecomes(one.id, { status: 'running', activity: 'idle' });
        for (const { pid } of system.claudeProcesses()) process.kill(pid, 'SIGSTOP');
        one.viewer.prompt(script({ text: 'never' }));
        await one.viewer.frame('prompt_status');
        return one;
      },
    ],
    [
      'being interrupted',
      async () => {
        const one = await opened();
        one.viewer.prompt(script({ text: 'word '.repeat(2000), chunk: 5, chunk_delay_ms: 20 }));
        await one.viewer.frame('assistant_delta');
        one.viewer.send('interrupt');
        return one;
      },
    ],
    [
      'asleep',
      async () => {
        const one = await opened();
        await user.sessionBecomes(one.id, { activity: 'hibernated' });
        await until(() => system.claudeProcesses().length === 0);
        return one;
      },
    ],
    [
      'waking',
      async () => {
        const one = await opened();
        await user.sessionBecomes(one.id, { activity: 'hibernated' });
        await until(() => system.claudeProcesses().length === 0);
        one.viewer.prompt(script({ text: 'never' }));
        await one.viewer.frame('prompt_status');
        return one;
      },
    ],
    [
      'while its runner is being started again',
      async () => {
        const one = await opened();
        one.viewer.prompt(script({ text: 'word '.repeat(2000), chunk: 5, chunk_delay_ms: 20 }));
        await one.viewer.frame('assistant_delta');
        await system.kill('runner');
        return one;
      },
    ],
  ];

  test.each(cases)('%s', async (_, bring) => {
    const { id, viewer } = await bring();
    const reply = await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
    expect(reply.body).toEqual({ terminated: true });
    expect(await user.session(id)).toMatchObject({ status: 'terminated', termination_reason: 'user_requested', activity: null });
    expect(await viewer.closed()).toBe(4100);
    await until(
      () => system.claudeProcesses().length === 0 && ofSession(id).length === 0,
      () => JSON.stringify([system.claudeProcesses(), ofSession(id)]),
    );
    await expectWhole(id);
  });
});

test('a command whose output is 5 MB: the events stay small, the runner’s and the server’s memory too, and the whole can be downloaded', async () => {
  const { id, viewer } = await opened({ permission_mode: 'bypassPermissions' });
  const peak = (part: 'server' | 'runner') =>
    Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${system.pid(part)}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  const before = { server: peak('server'), runner: peak('runner') };
  viewer.prompt(script({ tools: [bash('seq 1 800000')] }, { text: 'that was much' }));
  await viewer.result();
  const { payload } = await viewer.frame('tool_result');
  expect(JSON.stringify(payload).length).toBeLessThan(300_000);
  const expected = Array.from({ length: 800_000 }, (_, n) => `${n + 1}\n`).join('');
  expect(payload.full_output?.size).toBeGreaterThanOrEqual(expected.length - 1);
  for (const part of ['server', 'runner'] as const) expect(peak(part) - before[part]).toBeLessThan(100);
  await user.sessionBecomes(id, { activity: 'hibernated' });
  const { body } = await user.call('POST', `/v1/io/sessions/${id}/download`, { path: payload.full_output?.path }, 200);
  const text = await (await fetch(String(body['download_url']))).text();
  expect(text.trimEnd()).toBe(expected.trimEnd());
  // Nothing else of the home is to be had.
  for (const other of [
    '/home/agent/.claude.json',
    '/home/agent/.claude/projects',
    `${path.dirname(payload.full_output?.path ?? '')}/../../x`,
  ]) {
    const refused = await user.call('POST', `/v1/io/sessions/${id}/download`, { path: other });
    expect(refused.body['error'], other).toBe('invalid_path');
  }
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
});

test('Claude Code crashes again and again: the session fails with the reason and what it last said', async () => {
  const { id, viewer } = await opened();
  await user.sessionBecomes(id, { status: 'running' });
  const recovered = () => viewer.events.filter((event) => event.type === 'system' && event.payload.subtype === 'recovered').length;
  for (let n = 0; n < 4; n++) {
    await until(() => system.claudeProcesses().length === 1);
    const before = recovered();
    for (const { pid } of system.claudeProcesses()) process.kill(pid, 'SIGSEGV');
    await until(() => recovered() > before || viewer.closeCode !== null);
  }
  expect(await viewer.closed()).toBe(4100);
  const { error_message, ...ended } = await user.session(id);
  expect(ended).toMatchObject({ status: 'failed', termination_reason: 'process_crashed' });
  expect(error_message).toMatch(/SIG|signal|code \d+/);
  expect(error_message).not.toContain('sk-ant-');
  await expectWhole(id);
});

test('a rolling restart of server and runner under load: nothing lost, nothing doubled', async () => {
  const sessions = await Promise.all([1, 2, 3].map(() => opened({ permission_mode: 'bypassPermissions' })));
  const prompt = (n: number) =>
    script({ tools: [bash(`echo ${n} >> done.txt`)] }, { text: `answer ${n} `.repeat(60), chunk: 20, chunk_delay_ms: 20 });
  const given = sessions.map(() => 0);
  let stop = false;
  const send = async (index: number) => {
    const id = sessions[index]?.id ?? '';
    while (!stop) {
      const n = (given[index] ?? 0) + 1;
      // Until it is acknowledged, as a client does: the same id again is not a second prompt.
      for (let sent = false; !sent;) {
        const viewer = await user.view(id).catch(() => null);
        if (viewer === null) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          continue;
        }
        viewer.prompt(prompt(n), `m${n}`);
        sent = await Promise.race([
          viewer.frame('prompt_status', ({ payload }) => payload.client_msg_id === `m${n}`).then(() => true),
          viewer.closed().then(() => false),
        ]).catch(() => false);
        viewer.close();
      }
      given[index] = n;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  const senders = sessions.map((_, index) => send(index));
  for (const part of ['server', 'runner', 'server', 'runner'] as const) {
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await system.restart(part);
    await system.ready();
  }
  stop = true;
  await Promise.all(senders);
  for (const [index, { id }] of sessions.entries()) {
    const count = given[index] ?? 0;
    expect(count).toBeGreaterThan(3);
    const results = async () => (await user.history(id)).flatMap((event) => (event.type === 'result' ? [event.payload] : []));
    await until(
      async () => (await results()).length >= count,
      () => `${count} prompts`,
      120_000,
    );
    await expectWhole(id);
    expect((await results()).filter(({ prompt_id }) => prompt_id !== null)).toHaveLength(count);
    const { body } = await user.call('POST', `/v1/io/sessions/${id}/download`, { path: 'done.txt' }, 200);
    const lines = (await (await fetch(String(body['download_url']))).text()).trimEnd().split('\n').map(Number);
    // A turn that was cut may say so and not have run; none ran twice.
    expect(new Set(lines).size).toBe(lines.length);
  }
  await user.endAll();
});

/** What a runner that was killed may leave: a process, its sandbox's record, its control group, its folders and sockets. */
function plantOrphan(name: string): { process: number; gone: () => string[] } {
  const folder = path.join(system.dataDir, 'runner');
  const incarnation = `${name}.0000`;
  const root = path.join(folder, 'sessions', name);
  for (const part of ['run', 'system', 'workspace']) mkdirSync(path.join(root, part), { recursive: true });
  writeFileSync(path.join(root, 'run', 'model.sock'), '');
  writeFileSync(path.join(root, 'outbox-1.jsonl'), '');
  const cgroups = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].flatMap((at) => {
    const group = path.join(at, `ai-sessions.${incarnation}`);
    try {
      mkdirSync(group);
      return existsSync(path.join(group, 'cgroup.procs')) ? [group] : [];
    } catch {
      return [];
    }
  });
  const record = path.join(folder, 'sandboxes', `${incarnation}.json`);
  writeFileSync(record, JSON.stringify({ incarnation, sessionId: name, root, uid: null, cgroups, owner: { pid: 1, startTicks: 1 } }));
  // It outlives the test's own handle on it, as it would its runner.
  const orphan = spawn('sleep', ['1000'], { env: { AI_SESSIONS_SANDBOX: incarnation }, detached: true, stdio: 'ignore' });
  orphan.unref();
  return {
    process: orphan.pid ?? 0,
    gone: () => [
      ...processes().flatMap(({ pid }) => (pid === orphan.pid ? [`process ${pid}`] : [])),
      ...[record, root, ...cgroups].filter((left) => existsSync(left)),
    ],
  };
}

test('orphans of every kind are removed at the start and while it runs, and logged', async () => {
  // A line is written when what it tells is done, and comes through a pipe.
  const logged = (text: string) =>
    until(
      () => system.output.includes(text),
      () => system.output,
    );
  await system.stop();
  const atStart = plantOrphan('ses_planted-before');
  await system.launch();
  await until(
    () => atStart.gone().length === 0,
    () => atStart.gone().join('\n'),
  );
  await logged('removed the sandbox of session ses_planted-before');
  const running = plantOrphan('ses_planted-later');
  // Its folder goes when the runner next greets the server.
  await until(
    () => running.gone().every((left) => left.endsWith('/ses_planted-later')),
    () => running.gone().join('\n'),
    90_000,
  );
  await logged('removed the sandbox of session ses_planted-later');
  await system.kill('server');
  await system.ready();
  await until(
    () => running.gone().length === 0,
    () => running.gone().join('\n'),
  );
});

test('the machine is gone at once and comes back: sessions sleep, prompts and approvals are there, nothing of before is left', async () => {
  const asleep = await opened({ permission_mode: 'bypassPermissions' });
  asleep.viewer.prompt(script({ tools: [bash('echo kept > kept.txt')] }, { text: 'noted' }));
  await asleep.viewer.result();
  const waiting = await opened();
  waiting.viewer.prompt(script({ tools: [bash('touch x && echo it-ran')] }, { text: 'then: {{last_tool_result}}' }), 'one');
  const { payload } = await waiting.viewer.frame('tool_approval_request');
  waiting.viewer.prompt(script({ text: 'the second' }), 'two');
  await waiting.viewer.frame('prompt_status', ({ payload: { client_msg_id } }) => client_msg_id === 'two');
  await system.vanish();
  await system.launch();
  // Those that have nothing to do sleep; the one with work is taken up by itself.
  await user.sessionBecomes(asleep.id, { status: 'running', activity: 'hibernated' });
  const { approvals } = (await user.call('GET', '/v1/approvals', undefined, 200)).body as {
    approvals: { id: string; tool_use_id: string }[];
  };
  expect(approvals).toMatchObject([{ tool_use_id: payload.tool_use_id }]);
  await user.call('POST', `/v1/approvals/${approvals[0]?.id ?? ''}`, { approved: true }, 200);
  const after = await user.view(waiting.id);
  await after.result(2);
  expect(after.text()).toContain('the second');
  await expectWhole(waiting.id);
  const again = await user.view(asleep.id);
  again.prompt(script({ tools: [bash('cat kept.txt')] }, { text: 'still {{last_tool_result}}' }));
  await again.result(2);
  expect(again.text()).toContain('still kept');
  await user.endAll();
  await until(() => system.claudeProcesses().length === 0);
  const records = () => readdirSync(path.join(system.dataDir, 'runner', 'sandboxes')).filter((name) => name.endsWith('.json'));
  await until(
    () => records().length === 0,
    () => records().join(' '),
  );
});
