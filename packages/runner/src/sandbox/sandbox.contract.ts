import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { SpawnedProcess } from '@anthropic-ai/claude-agent-sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findHostProcesses, waitUntilGone } from './fixtures/host-processes.ts';
import type { DriverKind } from './fixtures/make-driver.ts';
import { parseSandboxLimits } from './sandbox-limits.ts';
import type { Sandbox, SandboxDriver, SandboxProcess } from './sandbox.ts';

const env = { PATH: '/usr/bin:/bin' };
const limits = parseSandboxLimits(undefined);

/** Promises of the port that a driver by its nature cannot keep. */
type Promise_ = 'diesWithOwner' | 'endsDetachedChildrenWithTheProgram' | 'keepsRunReadOnly';

export interface SandboxContractOptions {
  /** Promise → why this driver does not keep it. */
  lacks?: Partial<Record<Promise_, string>>;
}

/**
 * What every sandbox driver promises.
 * @param makeDriver makes a driver that keeps its records in the given folder
 */
export function runSandboxContract(
  kind: DriverKind,
  makeDriver: (stateDir: string) => SandboxDriver,
  { lacks = {} }: SandboxContractOptions = {},
): void {
  /** A test of a promise that this driver makes; where it by nature cannot keep it, `lacks` says why and there is none. */
  const promised = (promise: Promise_) => (title: string, body: () => Promise<void>) => {
    if (lacks[promise] === undefined) test(title, body);
  };

  describe(`sandbox contract: ${kind}`, () => {
    let folder: string;
    let driver: SandboxDriver;
    let sessions = 0;

    beforeAll(async () => {
      // A closed folder with a space in its name, as a data folder may be.
      folder = await mkdtemp(join(tmpdir(), `sandbox ${kind}-`));
      driver = makeDriver(join(folder, 'state'));
    });

    afterAll(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    const root = (sessionId: string): string => join(folder, 'sessions', sessionId);
    const newSession = (): string => `session-${++sessions}`;
    const open = (sessionId: string = newSession()): Promise<Sandbox> => driver.create({ sessionId, root: root(sessionId), limits });
    const sh = (sandbox: Sandbox, script: string): SandboxProcess => sandbox.spawn('/bin/sh', ['-c', script], { env });
    const recordsLeft = (): string[] => readdirSync(join(folder, 'state'));

    test('the probe finds it working', async () => {
      expect(await driver.probe()).toMatchObject({ ok: true, problems: [] });
    });

    describe('a program', () => {
      test('gets what is written to its stdin and is heard on stdout and stderr', async () => {
        await using sandbox = await open();
        const program = sh(sandbox, 'cat; echo complaint >&2');
        program.stdin.end('héllo\n'.repeat(20_000));
        const [stdout, stderr, outcome] = await Promise.all([text(program.stdout), text(program.stderr), program.outcome]);
        expect(stdout).toBe('héllo\n'.repeat(20_000));
        expect(stderr).toBe('complaint\n');
        expect(outcome).toEqual({ exitCode: 0, signal: null, stderrTail: 'complaint\n' });
      });

      test('fits the Agent SDK', async () => {
        await using sandbox = await open();
        const program: SpawnedProcess = sh(sandbox, 'exit 4');
        const ended = once(program as SandboxProcess & NodeJS.EventEmitter, 'exit');
        expect(await ended).toEqual([4, null]);
        expect(program).toMatchObject({ exitCode: 4, signalCode: null, killed: false });
      });

      test('has exactly the environment it was given', async () => {
        await using sandbox = await open();
        const program = sandbox.spawn('/usr/bin/env', ['-0'], { env: { ONE: '1', EMPTY: '', LINES: 'a\nb', QUOTED: `'"$HOME` } });
        const seen = Object.fromEntries((await text(program.stdout)).split('\0').filter(Boolean).map(splitAtEquals));
        delete seen['AI_SESSIONS_SANDBOX'];
        const { home, workspace } = sandbox.paths;
        expect(seen).toEqual({ ONE: '1', EMPTY: '', LINES: 'a\nb', QUOTED: `'"$HOME`, HOME: home, PWD: workspace });
      });

      test('starts in the workspace, or where it is told', async () => {
        await using sandbox = await open();
        expect(await text(sh(sandbox, 'pwd').stdout)).toBe(`${sandbox.paths.workspace}\n`);
        const elsewhere = sandbox.spawn('/bin/sh', ['-c', 'pwd'], { env, cwd: sandbox.paths.home });
        expect(await text(elsewhere.stdout)).toBe(`${sandbox.paths.home}\n`);
      });

      test.each([0, 1, 42, 143])('exits with code %i', async (exitCode) => {
        await using sandbox = await open();
        expect(await sh(sandbox, `exit ${exitCode}`).outcome).toEqual({ exitCode, signal: null, stderrTail: '' });
      });

      test.each(['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const)('ended by its own %s says so', async (signal) => {
        await using sandbox = await open();
        expect(await sh(sandbox, `kill -${signal.slice(3)} $$; sleep 9`).outcome).toMatchObject({ exitCode: null, signal });
      });

      test('that does not exist ends with an outcome that names it', async () => {
        await using sandbox = await open();
        const outcome = await sandbox.spawn('/no/such/program', [], { env }).outcome;
        expect(outcome.exitCode).toBeGreaterThan(0);
        expect(outcome.stderrTail).toContain('/no/such/program');
      });

      test('leaves no key in the outcome', async () => {
        await using sandbox = await open();
        const { stderrTail } = await sh(sandbox, 'echo "refused: sk-ant-api03-abc_DEF-123" >&2; exit 1').outcome;
        expect(stderrTail).toBe('refused: sk-ant-[redacted]\n');
      });

      test('can end in its own way on SIGTERM', async () => {
        await using sandbox = await open();
        const program = sh(sandbox, 'trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.05; done');
        await once(program.stdout, 'data');
        const rest = text(program.stdout);
        expect(program.kill('SIGTERM')).toBe(true);
        expect(await program.outcome).toMatchObject({ exitCode: 7, signal: null });
        expect(await rest).toBe('bye\n');
        expect(program.killed).toBe(true);
        expect(program.kill('SIGTERM')).toBe(false);
      });

      test('ends at once on SIGKILL', async () => {
        await using sandbox = await open();
        const program = sh(sandbox, 'trap "" TERM; echo ready; while :; do sleep 0.05; done');
        await once(program.stdout, 'data');
        program.kill('SIGKILL');
        expect(await program.outcome).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
      });

      test('ends when its signal aborts', async () => {
        await using sandbox = await open();
        const abort = new AbortController();
        const program = sandbox.spawn('/bin/sh', ['-c', 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done'], {
          env,
          signal: abort.signal,
        });
        await once(program.stdout, 'data');
        abort.abort();
        expect(await program.outcome).toMatchObject({ exitCode: 9 });
      });

      test('started with an aborted signal ends', async () => {
        await using sandbox = await open();
        const program = sandbox.spawn('/bin/sleep', ['60'], { env, signal: AbortSignal.abort() });
        expect((await program.outcome).exitCode).not.toBe(0);
      });
    });

    describe('the end', () => {
      test('of a program is the end of what it started', async () => {
        await using sandbox = await open();
        const word = uniqueSeconds();
        await sh(sandbox, `sleep ${word} & sleep ${word} & exit 0`).outcome;
        expect(await waitUntilGone(word)).toEqual([]);
      });

      promised('endsDetachedChildrenWithTheProgram')('of a program is the end of what has left its session', async () => {
        await using sandbox = await open();
        const word = uniqueSeconds();
        await sh(sandbox, `setsid -f sleep ${word}; exit 0`).outcome;
        expect(await waitUntilGone(word)).toEqual([]);
      });

      test('of a sandbox is the end of the whole tree', async () => {
        const sandbox = await open();
        const word = uniqueSeconds();
        const program = sh(sandbox, `trap "" TERM HUP; setsid sleep ${word} & setsid -f sh -c "sleep ${word}" & ${whenStanding(word, 2)}`);
        await once(program.stdout, 'data');
        expect(findHostProcesses(word).length).toBeGreaterThan(1);
        await sandbox.kill();
        expect(findHostProcesses(word)).toEqual([]);
        expect(await program.outcome).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
      });

      test('of a sandbox leaves its workspace and home, and nothing else', async () => {
        const sessionId = newSession();
        {
          await using first = await open(sessionId);
          await sh(first, 'echo kept > file; echo kept > ~/file').outcome;
          await writeFile(join(first.paths.hostRun, 'left.sock'), '');
        }
        expect(recordsLeft()).toEqual([]);
        expect(readdirSync(root(sessionId)).filter((name) => name !== 'sandbox-uid')).toEqual(['home', 'workspace']);
        await using second = await open(sessionId);
        expect(await text(sh(second, 'cat file ~/file; echo more >> file').stdout)).toBe('kept\nkept\n');
        expect(readdirSync(second.paths.hostRun)).toEqual([]);
      });

      test('comes once, however often it is asked for', async () => {
        const sandbox = await open();
        sh(sandbox, 'sleep 60');
        await Promise.all([sandbox.kill(), sandbox.kill(), sandbox[Symbol.asyncDispose]()]);
        await sandbox.kill();
        expect(() => sh(sandbox, 'true')).toThrow(/has been removed/);
      });

      test('comes also if a program has just been started', async () => {
        const sandbox = await open();
        const word = uniqueSeconds();
        const programs = Array.from({ length: 4 }, () => sandbox.spawn('/bin/sleep', [word], { env }));
        await sandbox.kill();
        expect(findHostProcesses(word)).toEqual([]);
        for (const program of programs) expect(program.kill()).toBe(false);
      });
    });

    describe('several sandboxes', () => {
      test('run beside each other, and one ends without the others', async () => {
        const open5 = await Promise.all(Array.from({ length: 5 }, () => open()));
        const words = open5.map(uniqueSeconds);
        const programs = open5.map((sandbox, index) => sh(sandbox, `echo ${index} > mine; sleep ${words[index]}`));
        await Promise.all(open5.map((sandbox, index) => fileSays(join(sandbox.paths.hostWorkspace, 'mine'), `${index}\n`)));
        await open5[0]?.kill();
        expect(programs.map((program) => program.exitCode ?? program.signalCode)).toEqual(['SIGKILL', null, null, null, null]);
        await Promise.all(open5.map((sandbox) => sandbox.kill()));
        for (const word of words) expect(findHostProcesses(word)).toEqual([]);
        expect(recordsLeft()).toEqual([]);
      });

      test('are never open on the same folder', async () => {
        const sessionId = newSession();
        const both = await Promise.allSettled([open(sessionId), open(sessionId)]);
        expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
        for (const one of both) if (one.status === 'fulfilled') await one.value.kill();
        await (await open(sessionId)).kill();
      });

      test.each(['', '../up', 'a b', 'a/b', 'x'.repeat(200)])('are not named %j', async (sessionId) => {
        await expect(driver.create({ sessionId, root: root('unnamed'), limits })).rejects.toThrow(/not a session id/);
      });
    });

    describe('a socket of the host', () => {
      test.each(['short', 'long-'.repeat(30)])('in a %s folder is reached from inside', async (name) => {
        const sessionId = newSession();
        await using sandbox = await driver.create({ sessionId, root: join(folder, name, sessionId), limits });
        const server = createServer((socket) => socket.end('from the host\n'));
        const address = sandbox.socketAddress('model.sock');
        server.listen(address.host);
        await once(server, 'listening');
        await sandbox.adopt(address.host);
        const connect = `import socket; s = socket.socket(socket.AF_UNIX); s.connect('${address.inside}'); print(s.recv(99).decode(), end='')`;
        const program = sandbox.spawn('/usr/bin/python3', ['-c', connect], { env });
        expect(await text(program.stdout)).toBe('from the host\n');
        server.close();
      });

      promised('keepsRunReadOnly')('cannot be taken away from inside', async () => {
        await using sandbox = await open();
        await writeFile(join(sandbox.paths.hostRun, 'model.sock'), '');
        await sandbox.adopt(join(sandbox.paths.hostRun, 'model.sock'));
        const run = sandbox.paths.run;
        expect((await sh(sandbox, `rm ${run}/model.sock || mv ${run}/model.sock ${run}/x || echo > ${run}/new`).outcome).exitCode).not.toBe(
          0,
        );
      });
    });

    test('translates host paths', async () => {
      await using sandbox = await open();
      const { paths } = sandbox;
      expect(sandbox.inside(paths.hostWorkspace)).toBe(paths.workspace);
      expect(sandbox.inside(join(paths.hostWorkspace, 'a', '..b'))).toBe(join(paths.workspace, 'a', '..b'));
      expect(sandbox.inside(join(paths.hostRun, 'x'))).toBe(join(paths.run, 'x'));
      expect(() => sandbox.inside(join(paths.hostWorkspace, '..'))).toThrow(/not visible/);
      expect(() => sandbox.inside(`${paths.hostWorkspace}2/x`)).toThrow(/not visible/);
    });

    test('shows read-only mounts', async () => {
      const source = join(folder, "tool's folder");
      await mkdir(source);
      await writeFile(join(source, 'tool'), '#!/bin/sh\necho "tool says $1"\n', { mode: 0o755 });
      const sessionId = newSession();
      const readOnlyMounts = [
        { source, target: '/opt/tools' },
        { source: join(source, 'tool'), target: '/opt/single/tool' },
      ];
      await using sandbox = await driver.create({ sessionId, root: root(sessionId), limits, readOnlyMounts });
      const program = sandbox.spawn(sandbox.inside(join(source, 'tool')), ['hello'], { env });
      expect(await text(program.stdout)).toBe('tool says hello\n');
    });

    test('hands over files that the host has written', async () => {
      await using sandbox = await open();
      await writeFile(join(sandbox.paths.hostWorkspace, 'upload'), 'from the host\n', { mode: 0o600 });
      await sandbox.adopt(join(sandbox.paths.hostWorkspace, 'upload'));
      expect(await text(sh(sandbox, 'cat upload && echo more >> upload && wc -l < upload').stdout)).toBe('from the host\n2\n');
    });

    test('knows what is used', async () => {
      await using sandbox = await open();
      const program = sh(sandbox, 'sleep 60 & sleep 60 & echo ready; wait');
      await once(program.stdout, 'data');
      const { memoryBytes, pids } = await sandbox.usage();
      expect(pids).toBeGreaterThanOrEqual(3);
      expect(memoryBytes).toBeGreaterThan(100_000);
    });

    describe('after kill -9 of its runner', () => {
      async function killedOwner(sessionId: string): Promise<{ word: string; pid: number }> {
        const word = uniqueSeconds();
        const script = `setsid sleep ${word} & setsid -f sh -c "sleep ${word}" & ${whenStanding(word, 2)}`;
        const program = join(import.meta.dirname, 'fixtures/owner.ts');
        const owner = spawn(process.execPath, [program, kind, join(folder, 'state'), sessionId, root(sessionId), script], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        await once(owner.stdout, 'data');
        expect(findHostProcesses(word).length).toBeGreaterThan(2);
        expect(await driver.sweep(new Set())).toEqual([]);
        owner.kill('SIGKILL');
        await once(owner, 'exit');
        return { word, pid: owner.pid ?? 0 };
      }

      promised('diesWithOwner')('nothing runs on', async () => {
        const { word } = await killedOwner(newSession());
        expect(await waitUntilGone(word)).toEqual([]);
        await driver.sweep(new Set());
      });

      test('its session goes on without a sweep', async () => {
        const sessionId = newSession();
        const { word } = await killedOwner(sessionId);
        await using sandbox = await open(sessionId);
        expect(findHostProcesses(word)).toEqual([]);
        expect(await sh(sandbox, 'exit 5').outcome).toMatchObject({ exitCode: 5 });
        expect(await driver.sweep(new Set())).toEqual([]);
      });

      test('a sweep removes what is left, and spares the living', async () => {
        const sessionId = newSession();
        await using other = await open();
        const { word, pid } = await killedOwner(sessionId);
        expect(await driver.sweep(new Set([sessionId]))).toEqual([]);
        expect(existsSync(join(root(sessionId), 'run'))).toBe(true);
        expect(await driver.sweep(new Set())).toEqual([`removed the sandbox of session ${sessionId}, left by process ${pid}`]);
        expect(findHostProcesses(word)).toEqual([]);
        expect(readdirSync(root(sessionId)).filter((name) => name !== 'sandbox-uid')).toEqual(['home', 'workspace']);
        expect(recordsLeft()).toHaveLength(1);
        expect(await sh(other, 'exit 5').outcome).toMatchObject({ exitCode: 5 });
        expect(await driver.sweep(new Set())).toEqual([]);
      });
    });
  });
}

let lastWord = randomInt(100_000, 900_000);

/** A number of seconds that no other program on the machine sleeps: the word by which a test finds its processes. */
function uniqueSeconds(): string {
  return `${++lastWord}.${process.pid}`;
}

/** Shell: says `standing` as soon as so many others with this word run, and waits. */
function whenStanding(word: string, others: number): string {
  return `until [ "$(grep -l -a -s "sleep.${word}" /proc/[0-9]*/cmdline | wc -l)" -gt ${others} ]; do sleep 0.05; done; echo standing; sleep ${word}`;
}

function splitAtEquals(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

async function fileSays(path: string, expected: string): Promise<void> {
  await expect.poll(() => readFile(path, 'utf8').catch(() => ''), { timeout: 10_000, interval: 20 }).toBe(expected);
}
