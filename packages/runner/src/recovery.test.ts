import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killClaude, sandboxProcesses } from './fixtures/sandbox-processes.ts';
import { askColor, bash, writes } from './fixtures/script-steps.ts';
import { expectInvariants } from './fixtures/session-invariants.ts';
import { TestRunner, type TestSession } from './fixtures/test-runner.ts';

const recoveries = (session: TestSession) => session.events('system').filter(({ subtype }) => subtype === 'recovered');
const read = (session: TestSession, name: string) => readFileSync(join(session.root, 'workspace', name), 'utf8');

describe('when Claude Code is killed', { timeout: 150_000 }, () => {
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

  async function ready(...parameters: Parameters<TestRunner['session']>): Promise<TestSession> {
    const session = test.session(...parameters);
    sessions.push(session);
    await session.next('ready');
    return session;
  }

  it('while idle: the conversation goes on', async () => {
    const it = await ready();
    await it.result(it.prompt('The word is swordfish.'));
    killClaude(it);
    await it.next('ready', 2);
    expect(recoveries(it)).toHaveLength(1);
    expect(await it.result(it.prompt('Which word?'))).toMatchObject({ success: true });
    expect(JSON.stringify([...test.model.requests].at(-1))).toContain('swordfish');
    expect(it.all('turn_ended')).toHaveLength(2);
  });

  it('before it has seen the prompt: the prompt is handed over again', async () => {
    const it = await ready();
    const id = it.prompt([{ text: 'answered' }]);
    await it.next('prompt_started');
    killClaude(it);
    expect(await it.result(id)).toMatchObject({ success: true, result: 'answered' });
    expect(it.all('prompt_started')).toHaveLength(1);
  });

  it('in the middle of a stream: the turn is finished', async () => {
    const it = await ready();
    const id = it.prompt([{ text: 'a text of some length that is cut', chunk: 6, hold: 'mid-stream', hold_after_deltas: 3 }]);
    await it.until('deltas', () => it.recorded.live.length >= 2);
    await sleep(300);
    killClaude(it);
    await it.next('ready', 2);
    await test.model.reached('mid-stream');
    test.model.release('mid-stream');
    expect(await it.result(id)).toMatchObject({ success: true, result: 'a text of some length that is cut' });
    expect(it.all('prompt_started')).toHaveLength(1);
    expect(it.events('assistant')).toHaveLength(1);
  });

  it('while Bash runs: the command is not run twice, and the model is told', async () => {
    const it = await ready({ permission_mode: 'bypassPermissions' });
    const id = it.prompt([{ tools: [bash('echo once >> count.txt; sleep 30')] }, { text: 'after' }]);
    await it.until('bash', () => existsSync(join(it.root, 'workspace', 'count.txt')));
    await sleep(300);
    killClaude(it);
    expect(await it.result(id)).toMatchObject({ success: true, result: 'after' });
    expect(read(it, 'count.txt')).toBe('once\n');
    expect(JSON.stringify([...test.model.requests].at(-1))).toContain('outcome is unknown');
    expect(recoveries(it)).toHaveLength(1);
  });

  it('while two commands run at once: neither is run twice', async () => {
    const it = await ready({ permission_mode: 'bypassPermissions' });
    const id = it.prompt([
      { text: 'both', tools: [bash('echo one >> count.txt; sleep 30'), bash('echo two >> count2.txt; sleep 30')] },
      { text: 'after' },
    ]);
    await it.until('bash', () => existsSync(join(it.root, 'workspace', 'count.txt')));
    await sleep(500);
    killClaude(it);
    expect(await it.result(id)).toMatchObject({ success: true, result: 'after' });
    expect(read(it, 'count.txt')).toBe('one\n');
  });

  it('after a tool, while the model thinks: what is done stays done', async () => {
    const it = await ready({ permission_mode: 'bypassPermissions' });
    const id = it.prompt([{ tools: [bash('echo once >> count.txt')] }, { text: 'held for a while', hold: 'second' }]);
    await test.model.reached('second');
    await sleep(300);
    killClaude(it);
    await it.next('ready', 2);
    await test.model.reached('second');
    test.model.release('second');
    expect(await it.result(id)).toMatchObject({ success: true, result: 'held for a while' });
    expect(read(it, 'count.txt')).toBe('once\n');
  });

  it('while an approval is open: it stays open under its id and is obeyed once', async () => {
    const it = await ready();
    const id = it.prompt([{ text: 'before', tools: [writes('a.txt')] }, { text: 'after' }]);
    const open = await it.next('approval_opened');
    await sleep(300);
    killClaude(it);
    await it.next('ready', 2);
    await sleep(1000);
    it.approve(open.tool_use_id);
    expect(await it.result(id)).toMatchObject({ success: true, result: 'after' });
    expect(it.all('approval_opened')).toHaveLength(1);
    expect(it.all('approval_settled')).toEqual([]);
    expect(read(it, 'a.txt')).toBe('x');
    expect(it.events('tool_use')).toHaveLength(1);
    expect(it.events('tool_result')).toMatchObject([{ tool_use_id: open.tool_use_id, is_error: false }]);
  });

  it('while an approval is open, answered before it is asked again', async () => {
    const it = await ready();
    const id = it.prompt([{ tools: [writes('a.txt')] }, { text: 'after' }]);
    const open = await it.next('approval_opened');
    killClaude(it);
    await it.until('dead', () => recoveries(it).length > 0);
    it.deny(open.tool_use_id, 'No.');
    expect(await it.result(id)).toMatchObject({ success: true, result: 'after' });
    expect(it.all('approval_opened')).toHaveLength(1);
    expect(existsSync(join(it.root, 'workspace', 'a.txt'))).toBe(false);
  });

  it('while a question is open: it stays open under its id', async () => {
    const it = await ready();
    const id = it.prompt(askColor);
    const open = await it.next('question_opened');
    await sleep(300);
    killClaude(it);
    await it.next('ready', 2);
    await sleep(800);
    it.answer(open.question_id, { 'Which color?': 'Red' });
    expect(await it.result(id)).toMatchObject({ success: true, result: 'thanks' });
    expect(it.all('question_opened')).toHaveLength(1);
    expect(it.events('tool_result')).toMatchObject([{ content: expect.stringContaining('"Which color?"="Red"') }]);
  });

  it('again and again: recovered three times, then failed with its turn ended', async () => {
    const it = await ready();
    // After two cuts in the same place Claude Code no longer goes on by itself, and is told to: the script's next step.
    const id = it.prompt([
      { text: 'never', hold: 'for ever' },
      { text: 'never', hold: 'for ever' },
    ]);
    for (const death of [1, 2, 3]) {
      await sleep(400);
      killClaude(it);
      await it.next('ready', death + 1);
    }
    await sleep(400);
    killClaude(it);
    expect(await it.next('exited')).toMatchObject({ why: 'crashed', error_message: expect.stringContaining('SIGKILL') });
    expect(await it.result(id)).toMatchObject({ subtype: 'error_during_execution', is_error: true });
    expect(recoveries(it)).toHaveLength(3);
    expect(sandboxProcesses(it)).toEqual([]);
  });

  it('by an interrupt that it does not hear: the turn ends as interrupted', async () => {
    const it = await ready({ permission_mode: 'bypassPermissions' });
    const id = it.prompt([{ text: 'held', hold: 'deaf' }]);
    await test.model.reached('deaf');
    const pid = Number(
      sandboxProcesses(it)
        .find((line) => line.includes('/opt/claude/claude '))
        ?.split(' ')[0],
    );
    for (const line of sandboxProcesses(it)) if (line.includes(' /opt/claude/claude ')) process.kill(Number(line.split(' ')[0]), 'SIGSTOP');
    it.interrupt(id);
    expect(await it.result(id)).toMatchObject({ subtype: 'interrupted' });
    await it.until('killed', () => !existsSync(`/proc/${pid}`));
    expect(await it.result(it.prompt([{ text: 'fine' }]))).toMatchObject({ result: 'fine' });
  });
});

describe('when the runner is killed', { timeout: 150_000 }, () => {
  const program = fileURLToPath(import.meta.resolve('./bin.ts'));
  let test: TestRunner;
  let runner: ChildProcess;
  beforeAll(async () => {
    test = await TestRunner.start();
    await test.runner?.[Symbol.asyncDispose]();
    test.runner = undefined;
  }, 60_000);
  afterAll(async () => {
    runner.kill('SIGTERM');
    await test[Symbol.asyncDispose]();
    expect(test.server.faults).toEqual([]);
  }, 60_000);

  async function start(): Promise<void> {
    const hellos = test.server.hellos.length;
    runner = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'], AI_SESSIONS_LOG_LEVEL: 'warn', ...test.environment() },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await test.server.until('hello', () => test.server.hellos.length > hellos);
  }

  async function killRunner(): Promise<void> {
    const gone = new Promise((resolve) => runner.once('exit', resolve));
    runner.kill('SIGKILL');
    await gone;
  }

  it('the next one says what was left to say, and the session goes on under a new epoch', async () => {
    await start();
    const session = test.session();
    await session.next('ready');
    await session.result(session.prompt('The word is swordfish.'));
    const id = session.prompt([{ text: 'before', tools: [writes('a.txt')] }, { text: 'after' }]);
    const open = await session.next('approval_opened');
    await sleep(300);
    test.server.acknowledging = false;
    await killRunner();
    await session.until('its processes are gone', () => sandboxProcesses(session).length === 0);
    await start();
    expect(await session.next('exited')).toMatchObject({ why: 'lost' });
    test.server.acknowledging = true;
    test.server.cutLink();
    const pending = [{ kind: 'approval' as const, tool_use_id: open.tool_use_id, tool_name: open.tool_name, tool_input: open.tool_input }];
    await test.server.until('linked again', () => test.server.hellos.length >= 3);
    await sleep(200);
    const again = test.session({
      ...session.spec,
      epoch: 2,
      resume: true,
      pending,
      prompt: { prompt_id: id, text: scriptOf(session, id), interrupted: true },
    });
    await again.next('ready');
    await sleep(1000);
    again.approve(open.tool_use_id);
    expect(await again.result(id)).toMatchObject({ success: true, result: 'after' });
    expect(again.all('approval_opened')).toEqual([]);
    expect(again.all('prompt_started')).toEqual([]);
    expect(read(again, 'a.txt')).toBe('x');
    again.end();
    await again.next('exited');
  });

  it('goes on through cuts of the link, exactly once', async () => {
    const session = test.session({ permission_mode: 'bypassPermissions' });
    await session.next('ready');
    for (let turn = 0; turn < 12; turn += 1) {
      test.server.cutAfter = turn % 4;
      const id = session.prompt([{ text: `one ${turn}`, tools: [bash(`echo ${turn}`)] }, { text: `two ${turn}` }]);
      // The server sends its commands again when the link is back.
      const text = scriptOf(session, id) || '';
      await test.server.until(`turn ${turn}`, () => {
        if (session.all('prompt_started').every(({ prompt_id }) => prompt_id !== id) && text === '') session.promptAgain(id);
        return session.all('turn_ended').some(({ result }) => result.prompt_id === id);
      });
    }
    expectInvariants(session);
    expect(session.all('turn_ended').map(({ result }) => result.result)).toEqual(Array.from({ length: 12 }, (_, turn) => `two ${turn}`));
    expect(session.events('tool_result')).toHaveLength(12);
    session.end();
    await session.next('exited');
  });

  it('stops on SIGTERM with a last word', async () => {
    const session = test.session();
    await session.next('ready');
    const gone = new Promise((resolve) => runner.once('exit', resolve));
    runner.kill('SIGTERM');
    expect(await session.next('exited')).toMatchObject({ why: 'lost' });
    expect(await gone).toBe(0);
    expect(sandboxProcesses(session)).toEqual([]);
  });
});

function scriptOf(session: TestSession, promptId: string): string {
  const content = session.all('prompt_started').find(({ prompt_id }) => prompt_id === promptId)?.content[0];
  return typeof content?.['text'] === 'string' ? content['text'] : '';
}

// Only root may mount a small disk of its own.
describe.skipIf(process.getuid?.() !== 0)('when the disk is full (needs root, to mount a small one)', { timeout: 150_000 }, () => {
  let test: TestRunner;
  let disk: string;
  beforeAll(async () => {
    test = await TestRunner.start();
    await test.runner?.[Symbol.asyncDispose]();
    disk = join(test.dataDir, 'runner');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
    const hellos = test.server.hellos.length;
    await test.startRunner();
    await test.server.until('linked', () => test.server.hellos.length > hellos);
  }, 60_000);
  afterAll(async () => {
    await test.runner?.[Symbol.asyncDispose]();
    execFileSync('umount', ['-l', disk]);
    await test[Symbol.asyncDispose]();
    expect(test.server.faults).toEqual([]);
  }, 60_000);

  it('a session that sleeps gives its prompt back with the reason, and wakes with its conversation once there is room', async () => {
    const first = test.session();
    await first.next('ready');
    await first.result(first.prompt('The word is swordfish.'));
    first.hibernate();
    await first.next('hibernated');
    const filler = join(disk, 'filler');
    fillDisk(filler);
    const wake = (epoch: number, prompt_id: string, text: string) =>
      test.session({ ...first.spec, epoch, resume: true, prompt: { prompt_id, text, interrupted: false } });

    const full = wake(2, 'pmt_full', 'Which word?');
    expect(await full.next('exited')).toMatchObject({
      why: 'unable',
      error_message: expect.stringContaining('disk of its machine is full'),
    });
    expect(await full.result('pmt_full')).toMatchObject({ subtype: 'error_during_execution' });
    await full.until('its processes are gone', () => sandboxProcesses(full).length === 0);

    rmSync(filler);
    const again = wake(3, 'pmt_again', 'Which word?');
    expect(await again.result('pmt_again')).toMatchObject({ success: true });
    expect(JSON.stringify([...test.model.requests].at(-1))).toContain('swordfish');
  });
});

function fillDisk(filler: string): void {
  const fd = openSync(filler, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(4096));
  } catch {
    closeSync(fd);
  }
}
