import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionSpec } from '@ai-sessions/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSpec } from './fixtures/fake-server.ts';
import { claudesBelow, sandboxProcesses } from './fixtures/sandbox-processes.ts';
import { bash, writes } from './fixtures/script-steps.ts';
import { expectInvariants } from './fixtures/session-invariants.ts';
import { TestRunner, type TestSession } from './fixtures/test-runner.ts';

const WARM = { AI_SESSIONS_WARM_POOL: '1' };

describe('a session that is served by a spare Claude Code', { timeout: 150_000 }, () => {
  let test: TestRunner;
  afterEach(async () => {
    await test[Symbol.asyncDispose]();
    expect(test.server.faults).toEqual([]);
  });

  const sparesFolder = () => join(test.dataDir, 'runner', 'spares');
  /** Waits until a spare is ready; gives the pids of all. */
  const parked = async (): Promise<number[]> => {
    await test.server.until('a spare', () => {
      const names = existsSync(sparesFolder()) ? readdirSync(sparesFolder()) : [];
      return names.length > 0 && names.every((name) => test.log.some((line) => line.includes(name) && line.includes('is ready')));
    });
    return claudesBelow(sparesFolder());
  };

  async function served(overrides: Partial<SessionSpec> = {}): Promise<{ session: TestSession; warm: boolean }> {
    const pids = await parked();
    const session = test.session(overrides);
    await session.next('ready');
    const own = claudesBelow(session.root);
    expect(own).toHaveLength(1);
    return { session, warm: pids.includes(own[0] ?? 0) };
  }

  it('is a session like any other: tools, approvals, files, a crash, sleep and waking', async () => {
    test = await TestRunner.start(WARM);
    const { session, warm } = await served({ environment: { TEAM: 'blue' } });
    expect(warm).toBe(true);
    expect(readdirSync(sparesFolder())).toEqual([]);
    const first = session.prompt([
      { tools: [writes('a.txt')] },
      { tools: [bash('echo team $TEAM in $PWD')] },
      { text: '{{last_tool_result}}' },
    ]);
    for (const nth of [1, 2]) session.approve((await session.next('approval_opened', nth)).tool_use_id);
    expect(await session.result(first)).toMatchObject({ success: true, result: 'team blue in /workspace' });
    expect(readFileSync(join(session.root, 'workspace', 'a.txt'), 'utf8')).toBe('x');
    await session.result(session.prompt('The word is swordfish.'));
    for (const pid of claudesBelow(session.root)) process.kill(pid, 'SIGKILL');
    await session.next('ready', 2);
    await session.result(session.prompt('And now?'));
    expect(JSON.stringify(test.model.requests.at(-1)?.body)).toContain('swordfish');
    session.hibernate();
    await session.next('hibernated');
    expectInvariants(session);
    const again = test.session({ ...session.spec, epoch: 2, resume: true });
    await again.next('ready');
    await again.result(again.prompt('Still there?'));
    expect(JSON.stringify(test.model.requests.at(-1)?.body)).toContain('swordfish');
    expect(again.events('system').filter(({ subtype }) => subtype === 'conversation_lost')).toEqual([]);
    again.end();
    await again.next('exited');
    expect(sandboxProcesses(again)).toEqual([]);
  });

  it.each<Partial<SessionSpec>>([
    { model: 'claude-haiku-4-5', environment: { TEAM: 'blue' } },
    { system_prompt_suffix: 'Answer in French.', denied_tools: ['WebFetch', 'Task'], max_turns: 5 },
    { permission_mode: 'plan' },
    { permission_mode: 'bypassPermissions', credential_kind: 'oauth_token' },
  ])('asks the model exactly what one that was started for it asks: %j', async (setting) => {
    test = await TestRunner.start(WARM);
    const ask = async (session: TestSession): Promise<string> => {
      await session.result(session.prompt('hello'));
      const request = test.model.requests.at(-1);
      session.end();
      await session.next('exited');
      return comparable(request, session);
    };
    // Variables that Claude Code reads at its start: never served by a spare.
    const cold = test.session({ ...setting, environment: { ...setting.environment, MCP_X: '1' } });
    await cold.next('ready');
    const expected = await ask(cold);
    // This one teaches the pool what is asked for.
    const teacher = test.session(setting);
    await teacher.next('ready');
    await ask(teacher);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { session, warm } = await served(setting);
    expect(warm).toBe(true);
    expect(await ask(session)).toBe(expected);
  });

  it('never shares one: of two sessions at once one starts its own', async () => {
    test = await TestRunner.start(WARM);
    const spares = await parked();
    const sessions = [test.session(), test.session()];
    await Promise.all(sessions.map((session) => session.next('ready')));
    const pids = sessions.flatMap((session) => claudesBelow(session.root));
    expect(new Set(pids).size).toBe(2);
    expect(pids.filter((pid) => spares.includes(pid))).toHaveLength(1);
    await Promise.all(sessions.map((session) => session.result(session.prompt('hello'))));
  });

  it.each([
    ['dead', 'SIGKILL' as const],
    ['deaf', 'SIGSTOP' as const],
  ])('whose spare is %s starts its own, and nobody sees it', async (_, signal) => {
    test = await TestRunner.start(WARM);
    const [pid = 0] = await parked();
    process.kill(pid, signal);
    const session = test.session();
    expect(await session.next('ready')).toMatchObject({ recovered: false });
    expect(claudesBelow(session.root)).toHaveLength(1);
    expect(claudesBelow(session.root)).not.toContain(pid);
    expect(await session.result(session.prompt([{ text: 'fine' }]))).toMatchObject({ result: 'fine' });
    expect(session.events('system').filter(({ subtype }) => subtype !== 'init')).toEqual([]);
  });

  it('that has files already keeps them, and starts its own', async () => {
    test = await TestRunner.start(WARM);
    await parked();
    const spec = makeSpec();
    const workspace = join(test.dataDir, 'runner', 'sessions', spec.session_id, 'workspace');
    mkdirSync(workspace, { recursive: true });
    writeFileSync(join(workspace, 'upload.txt'), 'precious');
    const session = test.session(spec);
    await session.next('ready');
    const id = session.prompt([{ tools: [bash('cat upload.txt')] }, { text: '{{last_tool_result}}' }]);
    expect(await session.result(id)).toMatchObject({ result: 'precious' });
  });

  it('lets no spare reach the model, and leaves none when the runner stops', async () => {
    test = await TestRunner.start(WARM);
    const pids = await parked();
    expect(test.model.requests).toEqual([]);
    await test.runner?.[Symbol.asyncDispose]();
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(readdirSync(sparesFolder())).toEqual([]);
    expect(readdirSync(join(test.dataDir, 'runner', 'sandboxes'))).toEqual([]);
  });
});

describe('a runner that is killed', { timeout: 150_000 }, () => {
  let test: TestRunner;
  let runner: ChildProcess;
  beforeEach(async () => {
    test = await TestRunner.start();
    await test.runner?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    runner.kill('SIGKILL');
    await test[Symbol.asyncDispose]();
  });

  async function start(): Promise<void> {
    const hellos = test.server.hellos.length;
    runner = spawn(process.execPath, [join(import.meta.dirname, 'bin.ts')], {
      env: { PATH: process.env['PATH'], AI_SESSIONS_LOG_LEVEL: 'warn', ...test.environment(WARM) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await test.server.until('hello', () => test.server.hellos.length > hellos);
  }

  it.each([0, 4, 30])('%i ms after a session was to have its spare leaves nothing of it, and the session starts anew', async (ms) => {
    await start();
    const spares = join(test.dataDir, 'runner', 'spares');
    await test.server.until('a spare', () => claudesBelow(spares).length === 1);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const [pid = 0] = claudesBelow(spares);
    const session = test.session();
    await new Promise((resolve) => setTimeout(resolve, ms));
    const gone = new Promise((resolve) => runner.once('exit', resolve));
    runner.kill('SIGKILL');
    await gone;
    await test.server.until('its processes are gone', () => !existsSync(`/proc/${pid}`));
    await start();
    const again = test.session({ ...session.spec, epoch: 2, resume: session.all('ready').length > 0 });
    await again.next('ready');
    const id = again.prompt([{ tools: [bash('stat -c %U /workspace ~; echo y > f; cat f')] }, { text: '{{last_tool_result}}' }]);
    const ask = await again.next('approval_opened');
    again.approve(ask.tool_use_id);
    expect(await again.result(id)).toMatchObject({ result: 'agent\nagent\ny' });
    again.end();
    await again.next('exited');
    const left = readdirSync(spares).filter((name) => claudesBelow(join(spares, name)).length === 0);
    await test.server.until(
      'nothing but a spare of the new runner',
      () => left.every((name) => !existsSync(join(spares, name))) || claudesBelow(spares).length > 0,
    );
  });
});

/** A model call without what differs between any two sessions. */
function comparable(request: { body: unknown; headers: Readonly<Record<string, string>> } | undefined, session: TestSession): string {
  const { body, headers } = request ?? { body: undefined, headers: {} };
  const shown = { body, beta: headers['anthropic-beta'], path: headers['user-agent'] };
  return JSON.stringify(shown, null, 1)
    .replaceAll(session.spec.session_id, 'SESSION')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/[0-9a-f]{64}/g, 'HASH')
    .replaceAll(/\/plans\/[\w-]+\.md/g, 'PLAN')
    .replaceAll(/cch=[0-9a-f]+|cc_version=[^;"]+/g, 'CC');
}
