import { afterEach, describe, expect, test, vi } from 'vitest';
import { AuthSession } from './auth-session.ts';

afterEach(() => void vi.useRealTimers());

const granted = (token: string) => ({ status: 200, json: { token, expires_in: 300, email: 'a@example.com' } });
const refused = { status: 401, json: {} };

function setUp(...replies: ({ status: number; json: unknown } | Error)[]) {
  vi.useFakeTimers();
  const calls: [path: string, body: unknown][] = [];
  const post = async (path: string, body?: unknown) => {
    calls.push([path, body]);
    const reply = replies.shift() ?? refused;
    if (reply instanceof Error) throw reply;
    return reply;
  };
  return {
    calls,
    auth: new AuthSession(
      { post },
      () => Date.now(),
      (work) => work(),
    ),
  };
}

describe('starting', () => {
  test('with the code of a link signs in', async () => {
    const { auth, calls } = setUp(granted('t1'));
    await auth.start('CODE');
    expect([auth.state, calls]).toEqual([{ status: 'signed_in', email: 'a@example.com' }, [['/auth/sign-in', { code: 'CODE' }]]]);
  });

  test('with a used code takes up the session of the cookie', async () => {
    const { auth, calls } = setUp(refused, granted('t1'));
    await auth.start('CODE');
    expect(auth.state.status).toBe('signed_in');
    expect(calls.map(([path]) => path)).toEqual(['/auth/sign-in', '/auth/refresh']);
  });

  test('with a used code and no cookie says that the link was refused', async () => {
    const { auth } = setUp(refused, refused);
    await auth.start('CODE');
    expect(auth.state).toEqual({ status: 'signed_out', why: 'link_refused' });
  });

  test('without a cookie is signed out; without a server is unreachable', async () => {
    const { auth } = setUp();
    await auth.start(undefined);
    expect(auth.state).toEqual({ status: 'signed_out', why: 'no_session' });
    const { auth: other } = setUp(new Error('No server.'));
    await other.start(undefined);
    expect(other.state).toEqual({ status: 'unreachable', message: 'No server.' });
  });
});

describe('the token', () => {
  test('is renewed before it expires, and only once for many askers', async () => {
    const { auth, calls } = setUp(granted('t1'), granted('t2'), granted('t3'));
    await auth.start('CODE');
    await vi.advanceTimersByTimeAsync(241_000);
    expect(calls.length).toBe(2);
    expect(await auth.token()).toBe('t2');
    expect(await Promise.all([auth.token('t2'), auth.token('t2'), auth.token('t2')])).toEqual(['t3', 't3', 't3']);
    expect(calls.length).toBe(3);
  });

  test('a renewal that fails keeps a token that is still good', async () => {
    const { auth } = setUp(granted('t1'), new Error('away'), new Error('away'), granted('t2'));
    await auth.start('CODE');
    await vi.advanceTimersByTimeAsync(280_000);
    expect(await auth.token()).toBe('t1');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await auth.token()).toBe('t2');
  });

  test('a session that has ended signs out, and asks no more', async () => {
    const { auth, calls } = setUp(granted('t1'), refused);
    await auth.start('CODE');
    await expect(auth.token('t1')).rejects.toMatchObject({ status: 401 });
    expect(auth.state).toEqual({ status: 'signed_out', why: 'expired' });
    await expect(auth.token()).rejects.toMatchObject({ status: 401 });
    expect(calls.length).toBe(2);
  });
});

test('signing out forgets the token even when the server is away', async () => {
  const { auth } = setUp(granted('t1'), new Error('away'));
  await auth.start('CODE');
  await auth.signOut();
  expect(auth.state).toEqual({ status: 'signed_out', why: 'by_user' });
  await expect(auth.token()).rejects.toMatchObject({ code: 'unauthorized' });
});
