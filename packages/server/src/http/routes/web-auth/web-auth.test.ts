import { describe, expect, test } from 'vitest';
import { type TestApp, startTestApp } from '../../test-app.ts';

const ada = { userId: 'usr_ada', email: 'ada@example.com' };

async function signedIn(app: TestApp) {
  const code = await app.signIn.newCode(ada);
  const reply = await app.inject({ method: 'POST', url: '/auth/sign-in', payload: { code } });
  const cookie = reply.cookies[0];
  if (cookie === undefined) throw new Error('no cookie was set');
  return { reply, cookie };
}

const withCookie = (url: string, value: string) => ({ method: 'POST' as const, url, cookies: { ai_sessions_refresh: value } });

describe('200', () => {
  test('config tells what the sign-in page needs', async () => {
    await using app = await startTestApp({ config: { demo: true, claudeLogin: false } });
    expect((await app.inject('/auth/config')).json()).toEqual({ mode: 'local', demo: true, claude_login: false });
  });

  test('sign-in gives a token that works and a cookie that no script and no other site uses', async () => {
    await using app = await startTestApp();
    const { reply, cookie } = await signedIn(app);
    expect(reply.statusCode).toBe(200);
    const { token, ...rest } = reply.json<{ token: string }>();
    expect(rest).toEqual({ expires_in: expect.any(Number), email: ada.email });
    expect(cookie).toMatchObject({ name: 'ai_sessions_refresh', httpOnly: true, sameSite: 'Strict', path: '/auth', maxAge: 30 * 86_400 });
    expect(cookie).not.toHaveProperty('secure');
    expect(reply.headers['cache-control']).toBe('no-store');
    const status = await app.inject({ url: '/v1/auth/claude/status', headers: { authorization: `Bearer ${token}` } });
    expect(status.statusCode).toBe(200);
  });

  test('the cookie is Secure where the public address is https', async () => {
    await using app = await startTestApp({ config: { publicUrl: 'https://ai.example.com' } });
    expect((await signedIn(app)).cookie).toMatchObject({ secure: true });
  });

  test('refresh gives a new token and rotates the cookie; sign-out ends it', async () => {
    await using app = await startTestApp();
    const { cookie } = await signedIn(app);
    const refreshed = await app.inject(withCookie('/auth/refresh', cookie.value));
    expect(refreshed.json()).toMatchObject({ token: expect.any(String), email: ada.email });
    const rotated = refreshed.cookies[0]?.value ?? '';
    expect(rotated).not.toBe(cookie.value);
    const out = await app.inject(withCookie('/auth/sign-out', rotated));
    expect(out.json()).toEqual({ signed_out: true });
    expect(out.cookies[0]).toMatchObject({ value: '', path: '/auth' });
    expect((await app.inject(withCookie('/auth/refresh', rotated))).statusCode).toBe(401);
    expect((await app.inject({ method: 'POST', url: '/auth/sign-out' })).statusCode).toBe(200);
  });

  test('the same origin is let in, by its address or by the host it asked', async () => {
    await using app = await startTestApp({ config: { publicUrl: 'https://ai.example.com' } });
    for (const headers of [{ origin: 'https://ai.example.com' }, { origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080' }]) {
      expect((await app.inject({ method: 'POST', url: '/auth/sign-out', headers })).statusCode).toBe(200);
    }
  });
});

describe('400', () => {
  test('sign-in without a code', async () => {
    await using app = await startTestApp();
    expect((await app.inject({ method: 'POST', url: '/auth/sign-in', payload: {} })).json()).toMatchObject({ error: 'invalid_request' });
  });
});

describe('401', () => {
  test('a code that is unknown or used', async () => {
    await using app = await startTestApp();
    const code = await app.signIn.newCode(ada);
    await app.inject({ method: 'POST', url: '/auth/sign-in', payload: { code } });
    for (const wrong of [code, 'unknown']) {
      expect((await app.inject({ method: 'POST', url: '/auth/sign-in', payload: { code: wrong } })).json()).toMatchObject({
        error: 'unauthorized',
      });
    }
  });

  test('refresh without a cookie, and with a wrong one, which is taken away', async () => {
    await using app = await startTestApp();
    expect((await app.inject({ method: 'POST', url: '/auth/refresh' })).statusCode).toBe(401);
    const wrong = await app.inject(withCookie('/auth/refresh', 'wrong'));
    expect(wrong.statusCode).toBe(401);
    expect(wrong.cookies[0]).toMatchObject({ name: 'ai_sessions_refresh', value: '' });
  });
});

describe('403', () => {
  test('a page of another origin', async () => {
    await using app = await startTestApp();
    for (const origin of ['https://evil.example', 'null', 'http://localhost:9999', 'nonsense']) {
      for (const url of ['/auth/sign-in', '/auth/refresh', '/auth/sign-out']) {
        const payload = url === '/auth/sign-in' ? { code: 'x' } : {};
        const reply = await app.inject({ method: 'POST', url, headers: { origin }, payload });
        expect(reply.json(), `${origin} ${url}`).toMatchObject({ error: 'forbidden' });
      }
    }
  });
});

describe('429', () => {
  test('thirty sign-ins a minute from an address, those that failed with them', async () => {
    await using app = await startTestApp();
    const attempt = (remoteAddress: string) =>
      app.inject({ method: 'POST', url: '/auth/sign-in', payload: { code: 'wrong' }, remoteAddress });
    for (let number = 0; number < 30; number += 1) expect((await attempt('10.0.0.1')).statusCode).toBe(401);
    expect((await attempt('10.0.0.1')).json()).toMatchObject({ error: 'rate_limited' });
    expect((await attempt('10.0.0.2')).statusCode).toBe(401);
  });
});
