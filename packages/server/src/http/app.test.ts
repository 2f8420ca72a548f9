import { routes } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { startTestApp } from './test-app.ts';

describe('400', () => {
  test('a URL that is not properly encoded', async () => {
    await using app = await startTestApp();
    for (const url of ['/v1/sessions/%', '/v1/sessions/%zz', '/v1/sessions/%ff%fe']) {
      expect((await app.inject({ url, headers: { authorization: `Bearer ${await app.token('ada')}` } })).json(), url).toMatchObject({
        error: 'invalid_request',
      });
    }
  });
});

describe('404', () => {
  test('an address where nothing is, whatever the method and the body', async () => {
    await using app = await startTestApp();
    for (const url of [
      '/v1',
      '/v1/nothing',
      '/v1//sessions',
      '/V1/sessions',
      '/internal/runner',
      '/v1/sessions/ses_x/nothing',
      '/nothing.js',
    ]) {
      for (const method of ['GET', 'POST', 'DELETE'] as const) {
        const reply = await app.inject({
          method,
          url,
          ...(method === 'GET' ? {} : { headers: { 'content-type': 'text/plain' }, payload: '{broken' }),
        });
        expect(reply.json(), `${method} ${url}`).toMatchObject({ error: 'not_found' });
        expect(reply.headers).not.toHaveProperty('allow');
      }
    }
  });
});

describe('405', () => {
  test('a known address with another method, with Allow', async () => {
    await using app = await startTestApp();
    const wrong = [
      ['PUT', '/v1/sessions', 'GET, HEAD, POST'],
      ['POST', '/v1/sessions/ses_x', 'DELETE, GET, HEAD, PATCH'],
      ['GET', '/v1/register', 'DELETE, POST'],
      ['OPTIONS', '/v1/profiles', 'GET, HEAD, POST'],
      ['DELETE', '/healthz', 'GET, HEAD'],
      ['GET', '/auth/sign-in?code=x', 'POST'],
    ] as const;
    for (const [method, url, allow] of wrong) {
      const reply = await app.inject({
        method,
        url,
        ...(method === 'GET' ? {} : { headers: { 'content-type': 'text/plain' }, payload: 'x' }),
      });
      expect(reply.json(), `${method} ${url}`).toMatchObject({ error: 'method_not_allowed', status: 405 });
      expect(reply.headers.allow).toBe(allow);
    }
  });
});

describe('500', () => {
  test('shows a request id and nothing of the inside, and is logged whole under that id', async () => {
    const secret = 'connection to 10.1.2.3 failed';
    await using app = await startTestApp({
      replace: { sessions: new Proxy({} as never, { get: () => () => Promise.reject(new Error(secret)) }) },
    });
    await app.call(routes.register, 'ada');
    const reply = await app.call(routes.listSessions, 'ada');
    expect(reply.json()).toMatchObject({ error: 'internal', status: 500, request_id: expect.any(String) });
    expect(reply.body).not.toContain('10.1.2.3');
    const { request_id } = reply.json<{ request_id: string }>();
    expect(app.logLines).toContainEqual(
      expect.objectContaining({ request_id, level: 50, err: expect.objectContaining({ message: secret }) }),
    );
  });
});

describe('every reply', () => {
  test('is logged without query, token, cookie or body', async () => {
    await using app = await startTestApp();
    const token = await app.token('ada');
    await app.inject({ method: 'POST', url: '/v1/register', headers: { authorization: `Bearer ${token}` } });
    await app.inject({
      method: 'PATCH',
      url: '/v1/sessions/ses_x?token=query-secret',
      headers: { authorization: `Bearer ${token}`, cookie: 'ai_sessions_refresh=cookie-secret' },
      payload: { name: 'body-secret' },
    });
    await app.inject('/path-secret?token=query-secret');
    expect(app.logLines).toContainEqual(
      expect.objectContaining({
        msg: 'request',
        method: 'PATCH',
        route: '/v1/sessions/:id',
        status: 400,
        user_id: 'usr_ada',
        ms: expect.any(Number),
        request_id: expect.any(String),
      }),
    );
    const text = JSON.stringify(app.logLines);
    expect(text).not.toContain('secret');
    expect(text).not.toContain(token.slice(-20));
  });

  test('answers HEAD as GET without a body', async () => {
    await using app = await startTestApp();
    await app.call(routes.register, 'ada');
    const reply = await app.inject({ method: 'HEAD', url: '/v1/sessions', headers: { authorization: `Bearer ${await app.token('ada')}` } });
    expect(reply).toMatchObject({ statusCode: 200, body: '' });
  });

  test('tells caches to keep nothing, and browsers to load nothing', async () => {
    await using app = await startTestApp();
    expect((await app.inject('/v1/sessions')).headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
    });
  });

  test('keeps browsers on https where people reach it so', async () => {
    await using plain = await startTestApp();
    expect((await plain.inject('/healthz')).headers).not.toHaveProperty('strict-transport-security');
    await using app = await startTestApp({ config: { publicUrl: 'https://sessions.example.com' } });
    expect((await app.inject('/healthz')).headers['strict-transport-security']).toBe('max-age=31536000');
  });
});
