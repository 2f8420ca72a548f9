import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { assistantReport, sessionFacts } from '../session.fixture.ts';
import { runStoreContract } from '../store.contract.ts';
import { migrations } from './migrations.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sqlite store '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const freshFile = () => path.join(folder, `${files++}.db`);

runStoreContract('sqlite', () => Promise.resolve(openSqliteStore({ file: freshFile() })));

describe('the file', () => {
  test('only its owner may read it', async () => {
    const file = freshFile();
    await using store = openSqliteStore({ file });
    await store.ping();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('one that cannot be opened is an error to every call', async () => {
    const file = freshFile();
    writeFileSync(file, 'not a database, but long enough to look like none at all');
    const store = openSqliteStore({ file });
    await expect(store.ping()).rejects.toThrow();
    await expect(store.users.get('x')).rejects.toThrow();
    await store[Symbol.asyncDispose]();
  });

  test('one of a newer version is refused with what to do', async () => {
    const file = freshFile();
    const raw = new DatabaseSync(file);
    raw.exec('PRAGMA user_version = 999');
    raw.close();
    const store = openSqliteStore({ file });
    await expect(store.ping()).rejects.toThrow(/newer version/);
  });

  test('after it is closed every call fails, and none hangs', async () => {
    const store = openSqliteStore({ file: freshFile() });
    await store[Symbol.asyncDispose]();
    await expect(store.ping()).rejects.toThrow('closed');
  });
});

test('asks that an earlier version left open are in the inbox', async () => {
  const file = freshFile();
  const raw = new DatabaseSync(file);
  for (const script of migrations.slice(0, 2)) raw.exec(script);
  raw.exec('PRAGMA user_version = 2');
  const { last_seq: _seq, acked: _acked, usage, ...document } = sessionFacts('ses_1').state;
  const ask = { kind: 'approval', id: 'toolu_1', tool_name: 'Bash', tool_input: { command: 'date' }, expires_at: null };
  const doc = { ...document, status: 'running', asks: [ask], recently_resolved: [{ id: 'toolu_0', by: 'user' }] };
  raw
    .prepare(
      "INSERT INTO sessions (id, user_id, status, created_at, incarnation, last_seq, acked, usage, doc) VALUES (?, ?, 'running', ?, 'none', 0, 0, ?, ?)",
    )
    .run('ses_1', 'usr_1', document.created_at, JSON.stringify(usage), JSON.stringify(doc));
  raw.close();
  await using store = openSqliteStore({ file });
  const opened_at = document.incarnation_since;
  expect(await store.sessions.openAsks({ userId: 'usr_1', limit: 10, after: null })).toMatchObject([{ ask: { ...ask, opened_at } }]);
  expect((await store.sessions.get('ses_1'))?.state.recently_resolved).toEqual([{ id: 'toolu_0', by: 'user', at: opened_at }]);
});

/** Only root may mount a small disk of its own. */
describe.skipIf(process.getuid?.() !== 0)('a full disk (needs root, to mount a small one)', () => {
  test('refuses writes and says so, loses nothing that was acknowledged, and recovers by itself', async () => {
    const disk = mkdtempSync(path.join(folder, 'disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
    try {
      const told: (string | null)[] = [];
      const store = openSqliteStore({ file: path.join(disk, 'x.db'), onTrouble: (failure) => told.push(failure?.reason ?? null) });
      const context = { now: '2026-01-01T00:00:00.000Z', attended: true, timers: { idle: 0, approval: 0, lifetime: 0, start: 0 } };
      const rules = { maxLive: 9, idempotentSince: context.now };
      await store.sessions.create(sessionFacts('ses_1'), { kind: 'create', initialPrompt: null }, context, rules);
      await store.sessions.apply('ses_1', { kind: 'assign', runnerId: 'r' }, context);
      let acknowledged = 0;
      const append = async () => {
        const reports = [assistantReport('x'.repeat(200_000))];
        const applied = await store.sessions.apply('ses_1', { kind: 'reports', epoch: 1, first: acknowledged + 1, reports }, context);
        acknowledged = applied?.state.acked ?? 0;
      };
      const fill = async () => {
        for (let n = 0; n < 100; n++) await append();
      };
      writeFileSync(path.join(disk, 'filler'), Buffer.alloc(20_000_000));
      await expect(fill()).rejects.toMatchObject({ name: 'StoreFailure', reason: 'full' });
      const before = acknowledged;
      expect(before).toBeGreaterThan(2);
      await expect(store.ping()).rejects.toMatchObject({ reason: 'full' });
      // What is there can be read, also beside a write that fails.
      const [write, read] = await Promise.allSettled([
        append(),
        store.sessions.list({ userId: 'usr_1', status: null, search: null, limit: 9, before: null }),
      ]);
      expect([write.status, read.status]).toEqual(['rejected', 'fulfilled']);
      expect((await store.sessions.get('ses_1'))?.state.acked).toBe(before);
      rmSync(path.join(disk, 'filler'));
      await vi.waitFor(() => expect(told).toEqual(['full', null]), 20_000);
      await append();
      await store[Symbol.asyncDispose]();
      await using again = openSqliteStore({ file: path.join(disk, 'x.db') });
      const state = (await again.sessions.get('ses_1'))?.state;
      expect(state?.acked).toBe(before + 1);
      const { envelopes } = await again.log.read('ses_1', 0, 1e6, 1e9);
      expect(envelopes.map((text) => (JSON.parse(text) as { seq: number }).seq)).toEqual(
        Array.from({ length: state?.last_seq ?? 0 }, (_, n) => n + 1),
      );
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});

test('a writer thread that dies makes every call fail and is told, so that the process can end', async () => {
  const file = freshFile();
  await using store = openSqliteStore({ file, worker: new URL('./dying-worker.fixture.ts', import.meta.url) });
  await expect(store.ping()).rejects.toMatchObject({ name: 'StoreFailure', reason: 'gone' });
  expect(await store.gone).toBeInstanceOf(Error);
  await expect(store.users.get('x')).rejects.toMatchObject({ reason: 'gone' });
});

/** The fixture appends until it is killed and prints the seq of each acknowledged event. */
async function appendUntilKilled(file: string, milliseconds: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [path.join(import.meta.dirname, 'append.fixture.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const closed = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill('SIGKILL');
  await closed;
  return Number(said.trimEnd().split('\n').slice(0, -1).at(-1));
}

test('killed with SIGKILL while it writes, it has every acknowledged event, without a hole', async () => {
  const file = freshFile();
  let acknowledged = 0;
  for (const milliseconds of [50, 180, 320]) {
    acknowledged = Math.max(acknowledged, await appendUntilKilled(file, milliseconds));
    await using store = openSqliteStore({ file });
    const { envelopes, lastSeq } = await store.log.read('ses_1', 0, 1e6, 1e9);
    expect(lastSeq).toBeGreaterThanOrEqual(acknowledged);
    expect(envelopes.map((text) => (JSON.parse(text) as { seq: number }).seq)).toEqual(Array.from({ length: lastSeq }, (_, n) => n + 1));
    expect((await store.sessions.get('ses_1'))?.state.last_seq).toBe(lastSeq);
  }
  expect(acknowledged).toBeGreaterThan(10);
});
