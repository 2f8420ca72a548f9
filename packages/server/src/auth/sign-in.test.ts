import { beforeEach, expect, test } from 'vitest';
import type { RefreshRow, SignInStore } from '../store/store.ts';
import { type SignIn, createSignIn } from './sign-in.ts';

const ada = { userId: 'usr_ada', email: 'ada@example.com' };
const minute = 60_000;
let now: number;
let rows: Map<string, RefreshRow>;
let signIn: SignIn;

/** The rows in memory, with the port's promise that a code is taken once. */
function rowsInMemory(): SignInStore {
  const alive = (row: RefreshRow | undefined, at: string) => (row !== undefined && row.expires_at > at ? row : null);
  return {
    putCode: async (row) => void rows.set(`code ${row.hash}`, row),
    takeCode: async (hash, at) => {
      const row = rows.get(`code ${hash}`);
      rows.delete(`code ${hash}`);
      return alive(row, at);
    },
    putRefresh: async (row) => void rows.set(row.hash, row),
    getRefresh: async (hash, at) => alive(rows.get(hash), at),
    removeRefresh: async (hash) => void rows.delete(hash),
  };
}

beforeEach(() => {
  now = Date.parse('2026-11-23T02:00:00Z');
  rows = new Map();
  let issued = 0;
  signIn = createSignIn({
    store: { signIns: rowsInMemory() },
    issuer: { issue: async (user, ttl) => `token ${(issued += 1)} for ${user.userId}, ${ttl} s` },
    clock: { now: () => now, timestamp: () => new Date(now).toISOString() },
  });
});

const outcomes = async (attempts: Promise<unknown>[]) => (await Promise.allSettled(attempts)).map(({ status }) => status).toSorted();
const unauthorized = expect.objectContaining({ code: 'unauthorized' });

test('a code signs in once', async () => {
  const code = await signIn.newCode(ada);
  expect(Buffer.from(code, 'base64url')).toHaveLength(32);
  await expect(signIn.exchange(code)).resolves.toMatchObject({ ...ada, token: 'token 1 for usr_ada, 900 s', expiresIn: 900 });
  await expect(signIn.exchange(code)).rejects.toEqual(unauthorized);
});

test('of two that race with one code, one gets in', async () => {
  const code = await signIn.newCode(ada);
  expect(await outcomes([signIn.exchange(code), signIn.exchange(code)])).toEqual(['fulfilled', 'rejected']);
});

test('a code ends after 15 minutes', async () => {
  const code = await signIn.newCode(ada);
  now += 15 * minute;
  await expect(signIn.exchange(code)).rejects.toEqual(unauthorized);
});

test('neither code nor refresh token is stored as it is', async () => {
  const code = await signIn.newCode(ada);
  const stored = JSON.stringify([...rows]);
  const { refreshToken } = await signIn.exchange(await signIn.newCode(ada));
  expect(stored + JSON.stringify([...rows])).not.toContain(code);
  expect(JSON.stringify([...rows])).not.toContain(refreshToken);
});

test('a refresh token is exchanged for a new one at each use', async () => {
  const first = await signIn.exchange(await signIn.newCode(ada));
  const second = await signIn.refresh(first.refreshToken);
  expect(second).toMatchObject(ada);
  expect(second.refreshToken).not.toBe(first.refreshToken);
  now += minute;
  await expect(signIn.refresh(first.refreshToken)).rejects.toEqual(unauthorized);
  await expect(signIn.refresh(second.refreshToken)).resolves.toMatchObject(ada);
});

test('two tabs that refresh at once get the same pair, and one chain goes on', async () => {
  const { refreshToken } = await signIn.exchange(await signIn.newCode(ada));
  const [one, other] = await Promise.all([signIn.refresh(refreshToken), signIn.refresh(refreshToken)]);
  expect(one).toEqual(other);
  expect(rows.size).toBe(1);
});

test('a refresh token ends after 30 days, and at sign-out', async () => {
  const { refreshToken } = await signIn.exchange(await signIn.newCode(ada));
  const other = await signIn.exchange(await signIn.newCode(ada));
  await signIn.signOut(other.refreshToken);
  await signIn.signOut('unknown');
  await expect(signIn.refresh(other.refreshToken)).rejects.toEqual(unauthorized);
  now += 30 * 24 * 60 * minute;
  await expect(signIn.refresh(refreshToken)).rejects.toEqual(unauthorized);
});
