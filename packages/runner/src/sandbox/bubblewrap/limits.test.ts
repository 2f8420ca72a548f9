import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCgroups } from '../cgroup/cgroups.ts';
import type { LimitReached } from '../limit/limit-reached.ts';
import { parseSandboxLimits, type SandboxLimits } from '../sandbox-limits.ts';
import type { Sandbox, SandboxProcess } from '../sandbox.ts';
import { BubblewrapDriver } from './bubblewrap-driver.ts';

const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
const cgroups = await findCgroups();
const patience = { timeout: 25_000, interval: 50 };
const MIB = 1024 * 1024;

let data: string;
let driver: BubblewrapDriver;
let sessions = 0;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'limits-'));
  driver = new BubblewrapDriver({ stateDir: join(data, 'sandboxes') });
});
afterAll(() => rm(data, { recursive: true, force: true }));

interface Limited {
  readonly sandbox: Sandbox;
  readonly told: LimitReached[];
  /** Runs a command as a child of a program, as Claude Code does with its tools. */
  run(command: string): Promise<string>;
  readonly program: SandboxProcess;
  used(): Promise<number>;
}

async function open(limits: Partial<SandboxLimits>, sessionId = `limited-${++sessions}`): Promise<Limited & AsyncDisposable> {
  const root = join(data, 'sessions', sessionId);
  const sandbox = await driver.create({ sessionId, root, limits: { ...parseSandboxLimits(undefined), ...limits } });
  const told: LimitReached[] = [];
  sandbox.onLimit((hit) => told.push(hit));
  const program = sandbox.spawn('/bin/bash', ['-c', 'while read -r line; do bash -c "$line" 2>&1; echo "[$?]"; done'], { env });
  return {
    sandbox,
    told,
    program,
    async run(command) {
      let said = '';
      const collect = (chunk: Buffer): void => void (said += chunk.toString());
      program.stdout.on('data', collect);
      program.stdin.write(`${command}\n`);
      await expect.poll(() => /\[\d+\]\n/.test(said), patience).toBe(true);
      program.stdout.off('data', collect);
      return said;
    },
    async used() {
      const { stdout } = await promisify(execFile)('du', ['-sB1', sandbox.paths.hostWorkspace]);
      return Number.parseInt(stdout, 10);
    },
    [Symbol.asyncDispose]: () => sandbox.kill(),
  };
}

const hogs = {
  'a file': 'cat /dev/zero > hog',
  'many files': 'for n in $(seq 100000); do head -c 4M /dev/zero > hog$n; done',
  'several at once': 'for n in 1 2 3; do (while :; do head -c 3M /dev/zero > hog$n.$RANDOM$RANDOM; done) & done; wait',
  'room that is never written to': 'for n in $(seq 100000); do fallocate -l 4M hog$n; sleep 0.01; done',
  'a file in the home folder': 'cat /dev/zero > ~/hog',
  'what has left its session': 'setsid -f bash -c "while :; do head -c 3M /dev/zero > hog.\\$RANDOM\\$RANDOM; done"; sleep 5',
};

describe('the disk', () => {
  test.each(Object.entries(hogs))('%s: whoever writes is stopped, its program and its neighbour go on', async (name, hog) => {
    await using neighbour = await open({ workspace_mb: 64 });
    await using session = await open({ workspace_mb: 64 });
    const neighbours = neighbour.run('for n in $(seq 40); do head -c 1M /dev/zero > file; sleep 0.05; done; echo whole');
    const said = session.run(hog);
    expect(await said).toMatch(/\[(137|153|1|0)\]/);
    // A single file ends at its own limit first.
    const ended = name.startsWith('a file') ? expect.any(Boolean) : true;
    await expect.poll(() => session.told.at(-1), patience).toEqual({ limit: 'disk', allowed: 64, times: 1, ended });
    expect(session.told.length).toBeLessThanOrEqual(2);
    // What a disk of this machine takes in the time of a few looks; without the watchdog it is only bounded by the disk.
    expect(await session.used()).toBeLessThan(2048 * MIB);
    const before = await session.used();
    expect(await session.run('rm -rf hog* ~/hog; head -c 1M /dev/zero > small; ls')).toBe('small\n[0]\n');
    expect(before === 0 || (await session.used()) < 64 * MIB).toBe(true);
    expect(await neighbours).toBe('whole\n[0]\n');
    expect(neighbour.told).toEqual([]);
    // It is held to the limit again, also if it had removed everything in between.
    const again = session.run(hogs['a file']);
    expect(await again).toMatch(/\[(137|153)\]/);
  });

  test('a session that had too much already is told so, and may remove it', async () => {
    const sessionId = `limited-${++sessions}`;
    const workspace = join(data, 'sessions', sessionId, 'workspace');
    await mkdir(workspace, { recursive: true });
    await writeFile(join(workspace, 'earlier'), Buffer.alloc(24 * MIB, 1));
    await using session = await open({ workspace_mb: 16 }, sessionId);
    await expect.poll(() => session.told, patience).toEqual([{ limit: 'disk', allowed: 16, times: 1, ended: false }]);
    expect(
      await session.run('cp earlier second 2>/dev/null; sleep 0.2; head -c 10M /dev/zero > third; rm earlier second third; ls'),
    ).toMatch(/\[(0|137)\]/);
  });

  test('files are counted too: a million empty ones are stopped', async () => {
    await using session = await open({ workspace_files: 3000 });
    const hog = 'import os\nfor d in range(1000):\n  os.mkdir(str(d))\n  for f in range(1000): os.close(os.open(f"{d}/{f}", os.O_CREAT))';
    await writeFile(join(session.sandbox.paths.hostWorkspace, 'hog.py'), hog);
    await session.sandbox.adopt(join(session.sandbox.paths.hostWorkspace, 'hog.py'));
    expect(await session.run('python3 hog.py')).toMatch(/\[137\]/);
    // A look may find it over its limit while nothing that can be ended writes: that is told first.
    await expect.poll(() => session.told.at(-1), patience).toEqual({ limit: 'files', allowed: 3000, times: 1, ended: true });
    expect(session.told.length).toBeLessThanOrEqual(2);
  });
});

describe('what the kernel limits is told', () => {
  test('memory', async ({ skip }) => {
    if (!cgroups) skip('no control groups can be made here');
    await using session = await open({ memory_mb: 256 });
    expect(await session.run(`python3 -c 'x = b"x" * (600 << 20)'`)).toMatch(/\[137\]/);
    await expect.poll(() => session.told, patience).toMatchObject([{ limit: 'memory', allowed: 256, ended: true }]);
  });

  test('processes', async ({ skip }) => {
    if (!cgroups) skip('no control groups can be made here');
    await using session = await open({ pids: 64 });
    await session.run('for n in $(seq 100); do sleep 3 & done 2>/dev/null; wait');
    await expect.poll(() => session.told, patience).toMatchObject([{ limit: 'pids', allowed: 64, ended: false }]);
  });

  test.each(['/tmp', '/dev/shm'])('%s', async (folder) => {
    await using session = await open({ tmp_mb: 8 });
    await session.run(`head -c 20M /dev/zero > ${folder}/file; true`);
    await expect.poll(() => session.told, patience).toEqual([{ limit: 'tmp', allowed: 8, times: 1, ended: false }]);
  });
});

test('whoever keeps the processor busy gets less of it where others want it, until it rests', async ({ skip }) => {
  if (cgroups?.weighs !== true) return skip('no control groups share the processor here');
  await using neighbour = await open({});
  await using hog = await open({});
  const [full, theirs] = [await readWeight(neighbour), await weightFile(hog)];
  expect(Number(await readFile(theirs, 'utf8'))).toBe(full);
  // However busy the machine of the test is, the hog gets to compute.
  await writeFile(theirs, '10000');
  hog.program.stdin.write('while [ ! -e enough ]; do :; done & while [ ! -e enough ]; do :; done; wait\n');
  await expect.poll(() => readWeight(hog), patience).toBeLessThan(full);
  expect(await readWeight(neighbour)).toBe(full);
  await writeFile(join(hog.sandbox.paths.hostWorkspace, 'enough'), '');
  await expect.poll(() => readWeight(hog), patience).toBe(full);
}, 60_000);

async function readWeight(session: Limited): Promise<number> {
  return Number(await readFile(await weightFile(session), 'utf8'));
}

/** Where the kernel has the weight of a session's control group. */
async function weightFile({ sandbox }: Limited): Promise<string> {
  const record = (await readdir(join(data, 'sandboxes'))).find((name) => name.startsWith(`${sandbox.sessionId}.`));
  const folders = cgroups?.folders(`ai-sessions.${record?.replace('.json', '')}`) ?? [];
  const file = folders.flatMap((folder) => [join(folder, 'cpu.shares'), join(folder, 'cpu.weight')]).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`${sandbox.sessionId} has no weight`);
  return file;
}

test('a session may end while it is being stopped', async () => {
  const session = await open({ workspace_mb: 32 });
  session.program.stdin.write(`${hogs['many files']}\n`);
  await expect.poll(() => session.used(), patience).toBeGreaterThan(16 * MIB);
  await session.sandbox.kill();
  expect(await session.program.outcome).toMatchObject({ signal: 'SIGKILL' });
});
