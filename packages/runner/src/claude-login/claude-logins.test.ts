import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoginEvent, LoginRequest } from '@ai-sessions/protocol';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findClaudeBinary } from '../claude/claude-binary.ts';
import { readHostProcesses } from '../sandbox/fixtures/host-processes.ts';
import { makeDriver } from '../sandbox/fixtures/make-driver.ts';
import type { SandboxDriver } from '../sandbox/sandbox.ts';
import { ClaudeLogins, type ClaudeLoginsOptions } from './claude-logins.ts';
import { BROKEN, ClaudeStandIn, FAKE_TOKEN, REFUSED, SILENT } from './fixtures/claude-stand-in.ts';

const binary = findClaudeBinary();
/** Other tests may be running on this machine. */
const run = randomBytes(4).toString('hex');
let standIn: ClaudeStandIn;
beforeAll(async () => {
  standIn = await ClaudeStandIn.start();
});
afterAll(() => standIn[Symbol.asyncDispose]());

const kinds: SandboxDriver['kind'][] = ['bubblewrap', 'none'];

describe.each(kinds)('the real Claude Code in the sandbox: %s', (kind) => {
  let dataDir: string;
  let driver: SandboxDriver;
  let log: string;
  let told: Map<string, LoginEvent[]>;
  let logins: ClaudeLogins;
  let works: boolean;
  let count = 0;

  beforeAll(async () => {
    const probed = await mkdtemp(join(tmpdir(), 'login-probe-'));
    works = (await makeDriver(kind, probed).probe()).ok;
    await rm(probed, { recursive: true });
  });

  beforeEach(async ({ skip }) => {
    if (!works) skip('this sandbox does not work here');
    dataDir = await mkdtemp(join(tmpdir(), 'logins-'));
    driver = makeDriver(kind, join(dataDir, 'sandboxes'));
    log = '';
    told = new Map();
    logins = open();
  });

  afterEach(async () => {
    await logins[Symbol.asyncDispose]();
    expect(remains()).toEqual([]);
    await rm(dataDir, { recursive: true });
  });

  function open(timeouts: ClaudeLoginsOptions['timeouts'] = {}): ClaudeLogins {
    return new ClaudeLogins({
      driver,
      binary,
      folder: join(dataDir, 'logins'),
      log: pino({ level: 'trace' }, { write: (line: string) => void (log += line) }),
      standIn,
      timeouts,
      tell: (id, event) => void told.set(id, [...(told.get(id) ?? []), event]),
    });
  }

  function start(expiresIn = 60): string {
    const id = `oas_${run}-${++count}`;
    ask(id, { op: 'start', expires_in: expiresIn });
    return id;
  }

  const ask = (login_id: string, request: LoginRequest) => logins.handle({ type: 'login', login_id, request });

  async function next(id: string, nth: number): Promise<LoginEvent> {
    await expect.poll(() => told.get(id)?.length ?? 0, { timeout: 40_000, interval: 20 }).toBeGreaterThanOrEqual(nth);
    const event = told.get(id)?.[nth - 1];
    if (event === undefined) throw new Error('polled in vain');
    return event;
  }

  async function stateOf(id: string): Promise<string> {
    const event = await next(id, 1);
    expect(event.kind).toBe('url');
    return new URL(event.kind === 'url' ? event.url : '').searchParams.get('state') ?? '';
  }

  /** What is left of sign-ins: processes whose environment or command line knows the folder, files, records. */
  function remains(): string[] {
    const processes = [...readHostProcesses(), ...readHostProcesses('environ')].filter(
      ([pid, text]) => pid !== process.pid && text.includes(`oas_${run}`),
    );
    const files = [join(dataDir, 'logins'), join(dataDir, 'sandboxes')].flatMap((folder) =>
      existsSync(folder) ? readdirSync(folder) : [],
    );
    const groups = ['memory', 'pids', '']
      .flatMap((controller) => namesIn(join('/sys/fs/cgroup', controller)))
      .filter((name) => name.includes(`oas_${run}`));
    return [...processes.map(([, text]) => text), ...files, ...groups];
  }

  async function seenByOthers(secret: string): Promise<string[]> {
    return [...readHostProcesses('cmdline'), ...readHostProcesses('environ')]
      .filter(([, text]) => text.includes(secret))
      .map(([pid]) => commandOf(pid));
  }

  test('gives the token for a code, and leaves nothing', async () => {
    const id = start();
    const state = await stateOf(id);
    ask(id, { op: 'start', expires_in: 60 });
    expect(logins.size).toBe(1);
    ask(id, { op: 'code', code: `good-code-${kind}#${state}` });
    await expect.poll(() => standIn.exchanges.at(-1)?.code, { timeout: 20_000, interval: 5 }).toBe(`good-code-${kind}`);
    expect(standIn.exchanges.at(-1)).toMatchObject({ state, grant_type: 'authorization_code', expires_in: 31_536_000 });
    expect(await seenByOthers(`good-code-${kind}`)).toEqual([]);
    expect(await next(id, 2)).toEqual({ kind: 'done', token: FAKE_TOKEN });
    expect(remains()).toEqual([]);
    expect(await seenByOthers(FAKE_TOKEN)).toEqual([]);
    expect(log).not.toContain(FAKE_TOKEN.slice(0, 30));
    expect(log).not.toContain('good-code');
    expect(log).not.toContain(state);
    expect(told.get(id)).toHaveLength(2);
  });

  test.each([
    [REFUSED, 'rejected'],
    [BROKEN, 'failed'],
  ] as const)('%s codes end it: %s', async (code, outcome) => {
    const id = start();
    ask(id, { op: 'code', code: `${code}#${await stateOf(id)}` });
    expect(await next(id, 2)).toMatchObject({ kind: 'failed', code: outcome });
    expect(remains()).toEqual([]);
    expect(logins.size).toBe(0);
    // Late: nobody is there any more.
    ask(id, { op: 'code', code: `late#code` });
    expect(await next(id, 3)).toMatchObject({ kind: 'failed', code: 'failed' });
  });

  test('expires with and without an address, and times out in the exchange', async () => {
    await logins[Symbol.asyncDispose]();
    logins = open({ exchange: 500 });
    const early = start(0.05);
    expect(await next(early, 1)).toMatchObject({ kind: 'failed', code: 'expired' });
    const id = start(6);
    await stateOf(id);
    expect(await next(id, 2)).toMatchObject({ kind: 'failed', code: 'expired' });
    const silent = start(20);
    ask(silent, { op: 'code', code: `${SILENT}#${await stateOf(silent)}` });
    expect(await next(silent, 2)).toMatchObject({ kind: 'failed', code: 'failed', message: expect.stringContaining('in time') });
    expect(remains()).toEqual([]);
  });

  test('ends without a word when cancelled, at any moment', async () => {
    const waiting = start();
    await stateOf(waiting);
    const starting = start();
    ask(waiting, { op: 'cancel' });
    ask(starting, { op: 'cancel' });
    await expect.poll(() => logins.size, { timeout: 10_000 }).toBe(0);
    expect(remains()).toEqual([]);
    expect(told.get(waiting)).toHaveLength(1);
    expect(told.get(starting)).toBeUndefined();

    const lost = start();
    await stateOf(lost);
    logins.cancelAll();
    await expect.poll(() => logins.size, { timeout: 10_000 }).toBe(0);
    expect(told.get(lost)).toHaveLength(1);
  });

  test('tells when Claude Code dies, and when the runner stops', async () => {
    const killed = start();
    await stateOf(killed);
    process.kill(claudeOf(killed), 'SIGKILL');
    expect(await next(killed, 2)).toMatchObject({ kind: 'failed', code: 'failed', message: expect.stringContaining('ended before') });
    const stopped = start();
    await stateOf(stopped);
    await logins[Symbol.asyncDispose]();
    expect(told.get(stopped)?.at(-1)).toMatchObject({ kind: 'failed', message: expect.stringContaining('restarted') });
    expect(remains()).toEqual([]);
    const late = start();
    expect(await next(late, 1)).toMatchObject({ kind: 'failed' });
  });

  // Without a sandbox the network is the host's.
  if (kind !== 'none') {
    test('has a network of its own that leads to nothing but the proxy', async () => {
      const id = start();
      await stateOf(id);
      const devices = readFileSync(`/proc/${claudeOf(id)}/net/dev`, 'utf8');
      expect([...devices.matchAll(/^\s*(\w+):/gm)].map(([, name]) => name)).toEqual(['lo']);
    });
  }
});

/** The process of Claude Code in this sign-in: it sees the sign-in's folder, or was started there. */
function claudeOf(id: string): number {
  const all = [...readHostProcesses('environ')].filter(([pid]) => commandOf(pid) === 'claude');
  const found = all.find(([pid, environment]) => environment.includes(id) || textOf(`/proc/${pid}/mountinfo`).includes(`${id}/workspace`));
  if (found === undefined) throw new Error(`no Claude Code runs in ${id}`);
  return found[0];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function commandOf(pid: number): string {
  return textOf(`/proc/${pid}/comm`).trim();
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
