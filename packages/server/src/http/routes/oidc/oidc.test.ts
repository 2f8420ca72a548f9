import fastifyCookie from '@fastify/cookie';
import Fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Oidc, createOidc } from '../../../auth/oidc/oidc.ts';
import { type TestIssuer, startTestIssuer, testAudience, testClients } from '../../../auth/oidc/test-issuer.ts';
import type { ServerConfig } from '../../../config.ts';
import { settleRateLimit } from '../../rate-limit.ts';
import { mountRoute } from '../../route.ts';
import { securityHeaders } from '../../security-headers.ts';
import { startTestApp } from '../../test-app.ts';
import { credentialStatus } from '../credentials/credential-status.ts';
import { webAuthRoutes } from '../web-auth/index.ts';
import { mountOidc } from './mount-oidc.ts';

const publicUrl = 'http://localhost:8080';
let issuer: TestIssuer;
beforeEach(async () => void (issuer = await startTestIssuer({ redirectUri: `${publicUrl}/auth/oidc/callback` })));
afterEach(() => issuer[Symbol.asyncDispose]());

/** The routes with an issuer behind them, as the server mounts them. */
async function startApp(config: Partial<ServerConfig> = {}, issuerUrl = issuer.url) {
  const base = await startTestApp({ config });
  const settings = { issuer: issuerUrl, audience: testAudience, clientId: testClients.public, clientSecret: null };
  const oidc: Oidc = createOidc({
    settings,
    own: base.ctx.verifier,
    signIn: base.signIn,
    masterKey: Buffer.alloc(32, 1),
    clock: base.ctx.clock,
    log: base.ctx.log,
  });
  const ctx = { ...base.ctx, verifier: oidc.verifier };
  const app = Fastify();
  app.register(fastifyCookie);
  app.addHook('onRequest', async (_request, reply) => void reply.headers(securityHeaders));
  app.addHook('onSend', async (request, reply) => settleRateLimit(ctx.limits, request, reply));
  mountOidc(app, ctx, oidc);
  for (const route of [credentialStatus, ...webAuthRoutes(oidc.signIn)]) mountRoute(app, ctx, route, { checkReplies: false });
  await app.ready();
  const get = (url: string, cookies: Record<string, string> = {}, host = 'localhost:8080') =>
    app.inject({ method: 'GET', url, cookies, headers: { host } });
  return {
    get,
    oidc,
    logLines: base.logLines,
    post: (url: string, cookies: Record<string, string>) => app.inject({ method: 'POST', url, cookies }),
    api: (token: string) => app.inject({ url: '/v1/auth/claude/status', headers: { authorization: `Bearer ${token}` } }),
    /** From the button to the page at the end, through the issuer. */
    async signIn(path = '/auth/oidc/start') {
      const started = await get(path);
      const cookie = started.cookies[0]?.value ?? '';
      const back = await issuer.browse(started.headers.location ?? '');
      return { started, back, cookie, finished: await get(`${back.pathname}${back.search}`, { ai_sessions_oidc: cookie }) };
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await base[Symbol.asyncDispose]();
    },
  };
}

const cookieOf = (reply: { cookies: { name: string; value: string }[] }, name: string) =>
  reply.cookies.find((cookie) => cookie.name === name);

describe('signing in', () => {
  test('leads to the issuer, back to the page, and to tokens for the issuer’s subject', async () => {
    await using app = await startApp();
    issuer.login = 'auth0|ada';
    const { started, finished } = await app.signIn('/auth/oidc/start?return_to=%2Fsessions%2Fx%3Fy%3D1');
    expect(started.statusCode).toBe(302);
    expect(cookieOf(started, 'ai_sessions_oidc')).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/auth/oidc', maxAge: 600 });
    expect(finished.statusCode).toBe(303);
    expect(finished.headers.location).toBe(`${publicUrl}/sessions/x?y=1`);
    expect(cookieOf(finished, 'ai_sessions_oidc')).toMatchObject({ value: '' });
    const refresh = cookieOf(finished, 'ai_sessions_refresh');
    expect(refresh).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/auth' });

    const refreshed = await app.post('/auth/refresh', { ai_sessions_refresh: refresh?.value ?? '' });
    const { token, email } = refreshed.json<{ token: string; email: string }>();
    expect(email).toBe('ada@example.com');
    await expect(app.oidc.verifier.verify(token)).resolves.toMatchObject({ userId: 'auth0|ada', email: 'ada@example.com' });
    await expect(app.oidc.verifier.verify(await issuer.accessToken())).resolves.toMatchObject({ userId: 'auth0|ada' });
    expect((await app.api(token)).statusCode).toBe(200);

    const rotated = cookieOf(refreshed, 'ai_sessions_refresh')?.value ?? '';
    expect((await app.post('/auth/sign-out', { ai_sessions_refresh: rotated })).statusCode).toBe(200);
    expect((await app.post('/auth/refresh', { ai_sessions_refresh: rotated })).statusCode).toBe(401);
  });

  test('a browser at another address of this server is sent to the public one, once', async () => {
    await using app = await startApp();
    const moved = await app.get('/auth/oidc/start?return_to=%2Faccount', {}, '127.0.0.1:8080');
    expect(moved.headers.location).toBe(`${publicUrl}/auth/oidc/start?moved=1&return_to=%2Faccount`);
    expect(moved.cookies).toEqual([]);
    const started = await app.get('/auth/oidc/start?moved=1', {}, 'behind-a-proxy:1234');
    expect(started.headers.location).toContain(`${issuer.url}/auth?`);
  });

  test.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/auth/oidc/start'])(
    'comes back to this server and nowhere else: %s',
    async (returnTo) => {
      await using app = await startApp();
      const { finished } = await app.signIn(`/auth/oidc/start?return_to=${encodeURIComponent(returnTo)}`);
      expect(finished.headers.location).toBe(`${publicUrl}/`);
    },
  );

  test('a path of two slashes stays on this server', async () => {
    await using app = await startApp();
    const { finished } = await app.signIn(`/auth/oidc/start?return_to=${encodeURIComponent('/.//evil.example')}`);
    expect(finished.headers.location).toBe(`${publicUrl}//evil.example`);
  });

  test('the cookie is Secure where the public address is https', async () => {
    await using app = await startApp({ publicUrl: 'https://ai.example.com' });
    const started = await app.get('/auth/oidc/start?moved=1');
    expect(cookieOf(started, 'ai_sessions_oidc')).toMatchObject({ secure: true });
    expect(new URL(started.headers.location ?? '').searchParams.get('redirect_uri')).toBe('https://ai.example.com/auth/oidc/callback');
  });

  test('sign-out at the issuer is on its own page', async () => {
    await using app = await startApp();
    const reply = await app.get('/auth/oidc/sign-out');
    expect(reply.headers.location).toBe(`${issuer.url}/session/end?client_id=web`);
  });
});

describe('what went wrong is a page', () => {
  test('a reply without its flow, and one that is played again, sign nobody in', async () => {
    await using app = await startApp();
    const { back, cookie } = await app.signIn();
    const path = `${back.pathname}${back.search}`;
    for (const [cookies, text] of [
      [{}, 'cannot be finished here'],
      [{ ai_sessions_oidc: 'forged' }, 'cannot be finished here'],
      [{ ai_sessions_oidc: cookie }, 'used already'],
    ] as const) {
      const reply = await app.get(path, cookies);
      expect(reply.statusCode).toBe(400);
      expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(reply.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(reply.body).toContain(text);
      expect(reply.body).toContain('href="/auth/oidc/start"');
      expect(cookieOf(reply, 'ai_sessions_refresh')).toBeUndefined();
    }
    const logged = JSON.stringify(app.logLines);
    expect(logged).toContain('"because":"used"');
    expect(logged).not.toContain(back.searchParams.get('code') ?? 'no code');
  });

  test('what the issuer or a stranger writes into the address is not shown', async () => {
    await using app = await startApp();
    const started = await app.get('/auth/oidc/start');
    const state = new URL(started.headers.location ?? '').searchParams.get('state') ?? '';
    const query = new URLSearchParams({ state, iss: issuer.url, error: '<b>x</b>', error_description: 'Call 555 <script>' });
    const reply = await app.get(`/auth/oidc/callback?${query.toString()}`, { ai_sessions_oidc: started.cookies[0]?.value ?? '' });
    expect(reply.statusCode).toBe(403);
    expect(reply.body).not.toMatch(/555|<b>|<script>/);
  });

  test('declined, and an address that is not verified', async () => {
    await using app = await startApp();
    issuer.login = null;
    expect((await app.signIn()).finished).toMatchObject({ statusCode: 403, body: expect.stringContaining('not signed in') });
    issuer.login = 'usr_ada';
    issuer.claims = { email: 'ada@example.com' };
    expect((await app.signIn()).finished).toMatchObject({ statusCode: 403, body: expect.stringContaining('email_verified') });
  });

  test('the issuer is down, and back', async () => {
    const port = issuer.port;
    await issuer[Symbol.asyncDispose]();
    await using app = await startApp();
    await app.oidc.probe();
    expect(JSON.stringify(app.logLines)).toContain('the OpenID Connect issuer cannot be used');
    const reply = await app.get('/auth/oidc/start');
    expect(reply).toMatchObject({ statusCode: 503, body: expect.stringContaining('does not answer') });
    const retryAfter = Number(reply.headers['retry-after']);
    expect(retryAfter).toBeGreaterThan(0);
    issuer = await startTestIssuer({ port, redirectUri: `${publicUrl}/auth/oidc/callback` });
    await expect.poll(async () => (await app.get('/auth/oidc/start')).statusCode, { timeout: 10_000 }).toBe(302);
    await app.oidc.probe();
  });

  test('a look at the address does not use up its code', async () => {
    await using app = await startApp();
    const started = await app.get('/auth/oidc/start');
    const back = await issuer.browse(started.headers.location ?? '');
    const cookies = { ai_sessions_oidc: started.cookies[0]?.value ?? '' };
    issuer.requests.length = 0;
    await app.post(`${back.pathname}${back.search}`, cookies);
    expect(issuer.requests).toEqual([]);
    expect((await app.get(`${back.pathname}${back.search}`, cookies)).statusCode).toBe(303);
  });

  test('more than thirty a minute from an address', async () => {
    await using app = await startApp();
    for (let number = 0; number < 30; number += 1) expect((await app.get('/auth/oidc/callback')).statusCode).toBe(400);
    expect(await app.get('/auth/oidc/callback')).toMatchObject({ statusCode: 429, body: expect.stringContaining('Too many') });
  });
});
