import { type LinkFrame, type LoginEvent, routes } from '@ai-sessions/protocol';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createClaudeLogin } from '../../../claude-login/create-claude-login.ts';
import { systemClock } from '../../../clock.ts';
import { randomIds } from '../../../ids.ts';
import type { RunnerConnection } from '../../../runners/runner-connection.ts';
import { startTestApp } from '../../test-app.ts';

const token = 'sk-ant-oat01-secret';
const url = 'https://claude.com/cai/oauth/authorize?code=true&state=the-state';

/** The app with a runner that gives the address at once and answers a code as told. */
async function setUp({ oauthSeconds = 300, answer = { kind: 'done', token } }: { oauthSeconds?: number; answer?: LoginEvent } = {}) {
  const stored: [string, string][] = [];
  const runner: RunnerConnection = {
    hello: { type: 'hello', runner_id: 'r', boot_id: 'b', capacity: 1, sandbox: 'none', claude_version: '0', sessions: [], stored: [] },
    reset: () => undefined,
    send(frame: LinkFrame) {
      if (frame.type !== 'login' || frame.request.op === 'cancel') return;
      const event: LoginEvent = frame.request.op === 'start' ? { kind: 'url', url } : answer;
      setImmediate(() => claudeLogin.heard(runner, frame.login_id, event));
    },
  };
  const claudeLogin = createClaudeLogin({
    clock: systemClock,
    ids: randomIds,
    log: pino({ level: 'silent' }),
    credentials: { storeOauthToken: async (userId, secret) => void stored.push([userId, secret]) },
    config: { limits: { oauth_seconds: oauthSeconds } },
    chooseRunner: () => runner,
  });
  const app = await startTestApp({ replace: { claudeLogin } });
  await app.call(routes.register, 'ada');
  return Object.assign(app, {
    stored,
    async startLogin(): Promise<string> {
      const reply = await app.call(routes.startOauth, 'ada');
      expect(reply.statusCode).toBe(200);
      const { oauth_session_id: id } = reply.json<{ oauth_session_id: string }>();
      await expect
        .poll(async () => (await app.call(routes.oauthUrl, 'ada', { query: { session_id: id } })).json())
        .toMatchObject({ status: 'ready' });
      return id;
    },
    submit: (id: string, code = 'code#the-state', user = 'ada') =>
      app.call(routes.submitOauthCode, user, { body: { session_id: id, code } }),
  });
}

describe('200', () => {
  test('start, url, code; the plan’s terms are named at each step and the token nowhere', async () => {
    await using app = await setUp();
    const started = await app.call(routes.startOauth, 'ada');
    const { oauth_session_id: id } = started.json<{ oauth_session_id: string }>();
    expect(started.json()).toEqual({
      oauth_session_id: expect.stringMatching(/^oas_/),
      expires_in: 300,
      message: expect.stringContaining('terms'),
    });
    const address = await app.call(routes.oauthUrl, 'ada', { query: { session_id: id } });
    expect(address.json()).toMatchObject({ status: 'ready', url, message: expect.stringContaining('terms') });
    const done = await app.submit(id);
    expect(done.json()).toEqual({ success: true, status: 'completed', message: expect.stringContaining('terms') });
    expect(app.stored).toEqual([[expect.any(String), token]]);
    expect(JSON.stringify(app.logLines) + done.body).not.toMatch(/sk-ant-oat|code#|the-state/);
  });
});

describe('400', () => {
  test('oauth_code_rejected for half a code, a foreign state, a repeat', async () => {
    await using app = await setUp();
    const id = await app.startLogin();
    for (const code of ['code', 'code#other'])
      expect((await app.submit(id, code)).json()).toMatchObject({ error: 'oauth_code_rejected', status: 400 });
    await app.submit(id);
    expect((await app.submit(id)).json()).toMatchObject({ error: 'oauth_code_rejected' });
  });

  test('oauth_code_rejected when Anthropic refuses it', async () => {
    await using app = await setUp({ answer: { kind: 'failed', code: 'rejected', message: 'It was refused.' } });
    expect((await app.submit(await app.startLogin())).json()).toMatchObject({
      error: 'oauth_code_rejected',
      message: expect.stringContaining('refused'),
    });
    expect(app.stored).toEqual([]);
  });

  test('invalid_request for bodies and queries that are none', async () => {
    await using app = await setUp();
    for (const body of [
      {},
      { session_id: 'oas_x' },
      { session_id: 'ses_x', code: 'x' },
      { session_id: 'oas_x', code: '' },
      { session_id: 'oas_x', code: 'x', more: 1 },
    ]) {
      expect((await app.call(routes.submitOauthCode, 'ada', { body })).json()).toMatchObject({ error: 'invalid_request' });
    }
    expect((await app.call(routes.oauthUrl, 'ada')).json()).toMatchObject({ error: 'invalid_request' });
    expect((await app.call(routes.startOauth, 'ada', { body: { a: 1 } })).json()).toMatchObject({ error: 'invalid_request' });
  });
});

test('403 not_registered', async () => {
  await using app = await setUp();
  expect((await app.call(routes.startOauth, 'nobody')).json()).toMatchObject({ error: 'not_registered' });
});

test('404 for an unknown sign-in and for somebody else’s', async () => {
  await using app = await setUp();
  await app.call(routes.register, 'eve');
  const id = await app.startLogin();
  expect((await app.submit(id, undefined, 'eve')).json()).toMatchObject({ error: 'not_found', status: 404 });
  expect((await app.call(routes.oauthUrl, 'eve', { query: { session_id: id } })).json()).toMatchObject({ error: 'not_found' });
  expect((await app.submit('oas_unknown')).json()).toMatchObject({ error: 'not_found' });
});

test('410 oauth_session_expired after its time', async () => {
  await using app = await setUp({ oauthSeconds: 1 });
  const id = await app.startLogin();
  await expect
    .poll(async () => (await app.call(routes.oauthUrl, 'ada', { query: { session_id: id } })).statusCode, { timeout: 5000 })
    .toBe(410);
  expect((await app.submit(id)).json()).toMatchObject({ error: 'oauth_session_expired', status: 410 });
});

test('429 after ten starts in a minute', async () => {
  await using app = await setUp();
  for (let i = 0; i < 10; i++) await app.call(routes.startOauth, 'ada');
  const reply = await app.call(routes.startOauth, 'ada');
  expect(reply.json()).toMatchObject({ error: 'rate_limited' });
  expect(reply.headers).toMatchObject({ 'ratelimit-limit': '10', 'retry-after': expect.any(String) });
});

describe('503 unavailable', () => {
  test('without a runner', async () => {
    await using app = await startTestApp();
    await app.call(routes.register, 'ada');
    app.runner.setPresent(false);
    const reply = await app.call(routes.startOauth, 'ada');
    expect(reply.json()).toMatchObject({ error: 'unavailable', status: 503 });
    expect(reply.headers['retry-after']).toBe('5');
  });

  test('when Anthropic cannot be reached', async () => {
    await using app = await setUp({ answer: { kind: 'failed', code: 'failed', message: 'Not reached.' } });
    expect((await app.submit(await app.startLogin())).json()).toMatchObject({ error: 'unavailable', message: 'Not reached.' });
  });
});

test('off: the routes are not there, nor in the documents', async () => {
  await using app = await startTestApp({ config: { claudeLogin: false } });
  await app.call(routes.register, 'ada');
  for (const contract of [routes.startOauth, routes.oauthUrl, routes.submitOauthCode]) {
    expect((await app.call(contract, 'ada')).json()).toMatchObject({ error: 'not_found' });
  }
  expect((await app.call(routes.credentialStatus, 'ada')).statusCode).toBe(200);
  const documents = await app.inject({ method: 'GET', url: '/openapi.json' });
  expect(documents.body).not.toContain('/v1/auth/claude/start');
  expect(documents.body).toContain('/v1/auth/claude/status');
});
