import { expect, test } from 'vitest';
import type { SignedIn } from '../sign-in.ts';
import { boundSignIn } from './bounded-sign-in.ts';

const hour = 3_600_000;

function underTest() {
  let now = 0;
  let made = 0;
  const alive = new Set<string>();
  const next = async (): Promise<SignedIn> => {
    const refreshToken = `inner${(made += 1)}`;
    alive.add(refreshToken);
    return { token: 't', expiresIn: 900, userId: 'auth0|ada', email: 'ada@example.com', refreshToken };
  };
  const inner = {
    newCode: async () => 'code',
    exchange: next,
    refresh: (token: string) => (alive.delete(token) ? next() : Promise.reject(new Error(`unknown ${token}`))),
    signOut: async (token: string) => (alive.delete(token) ? 'auth0|ada' : null),
  };
  const clock = { now: () => now, timestamp: () => '' };
  const bound = (key = 1) => boundSignIn(inner, { key: Buffer.alloc(32, key), clock, lifetimeMs: 12 * hour });
  return { alive, bound, advance: (milliseconds: number) => void (now += milliseconds) };
}

const unauthorized = expect.objectContaining({ code: 'unauthorized' });

test('refreshes do not put off the end', async () => {
  const { alive, bound, advance } = underTest();
  let { refreshToken } = await bound().exchange('code');
  for (let passed = 0; passed < 11; passed += 1) {
    advance(hour);
    ({ refreshToken } = await bound().refresh(refreshToken));
  }
  advance(hour);
  await expect(bound().refresh(refreshToken)).rejects.toEqual(unauthorized);
  expect(alive.size).toBe(0);
});

test('the end cannot be changed, nor a token made', async () => {
  const { alive, bound } = underTest();
  const { refreshToken } = await bound().exchange('code');
  const [inner = '', end = '', mac = ''] = refreshToken.split('.');
  const elsewhere = (await bound(2).exchange('code')).refreshToken;
  for (const forged of [inner, `${inner}.${Number(end) + 1}.${mac}`, `${inner}.${end}.`, `${refreshToken}.x`, elsewhere, '', '..']) {
    await expect(bound().refresh(forged), forged).rejects.toEqual(unauthorized);
    await bound().signOut(forged);
  }
  expect(alive.size).toBe(2);
  await bound().signOut(refreshToken);
  expect(alive.size).toBe(1);
});
