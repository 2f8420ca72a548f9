import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { sessionFacts } from '../session.fixture.ts';
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
