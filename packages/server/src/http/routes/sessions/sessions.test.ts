import { type Session, defaultLimits, routes } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { type TestApp, type TestAppOptions, startTestApp } from '../../test-app.ts';

async function withUser(options: TestAppOptions = {}) {
  const app = await startTestApp(options);
  await app.call(routes.register, 'ada');
  await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } });
  return app;
}

async function created(app: TestApp, body?: unknown): Promise<Session> {
  const reply = await app.call(routes.createSession, 'ada', { body });
  expect(reply.statusCode).toBe(201);
  return reply.json<{ session: Session }>().session;
}

describe('201', () => {
  test('create: without a body, with an empty one, and with settings', async () => {
    await using app = await withUser();
    expect(await created(app)).toMatchObject({ status: 'pending', activity: null, permission_mode: 'acceptEdits' });
    expect(await created(app, {})).toMatchObject({ status: 'pending' });
    expect(await created(app, { name: ' mine ', allowed_tools: ['Read'], denied_tools: ['WebFetch'] })).toMatchObject({
      name: 'mine',
      allowed_tools: ['Read'],
      denied_tools: ['WebFetch'],
    });
  });

  test('create: an empty body with any content type is none', async () => {
    await using app = await withUser();
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const headers = { authorization: `Bearer ${await app.token('ada')}`, 'content-type': type };
      expect((await app.inject({ method: 'POST', url: '/v1/sessions', headers })).statusCode).toBe(201);
      expect((await app.inject({ method: 'POST', url: '/v1/sessions', headers: { ...headers, 'content-length': '0' } })).statusCode).toBe(
        201,
      );
    }
  });
});

describe('200', () => {
  test('create: an idempotent repeat gives the earlier session', async () => {
    await using app = await withUser();
    const session = await created(app, { idempotency_key: 'k' });
    const again = await app.call(routes.createSession, 'ada', { body: { idempotent_key: 'k' } });
    expect(again.statusCode).toBe(200);
    expect(again.json<{ session: Session }>().session.id).toBe(session.id);
  });

  test('list pages newest first, and by status', async () => {
    await using app = await withUser();
    const ids: string[] = [];
    for (let number = 0; number < 3; number += 1) ids.unshift((await created(app)).id);
    const first = await app.call(routes.listSessions, 'ada', { query: { limit: '2' } });
    const page = first.json<{ sessions: Session[]; next_cursor: string }>();
    const rest = await app.call(routes.listSessions, 'ada', { query: { limit: '2', cursor: page.next_cursor } });
    const last = rest.json<{ sessions: Session[]; next_cursor: string }>();
    expect([...page.sessions, ...last.sessions].map(({ id }) => id)).toEqual(ids);
    expect(last.next_cursor).toBe('');
    const pending = await app.call(routes.listSessions, 'ada', { query: { status: 'starting' } });
    expect(pending.json<{ sessions: Session[] }>().sessions).toHaveLength(3);
    const named = await created(app, { name: 'Beacon on host 7' });
    const found = await app.call(routes.listSessions, 'ada', { query: { q: ' BEACON ' } });
    expect(found.json<{ sessions: Session[] }>().sessions.map(({ id }) => id)).toEqual([named.id]);
    expect((await app.call(routes.listSessions, 'ada', { query: { q: ' ' } })).statusCode).toBe(400);
  });

  test('get, rename, terminate twice, delete the record', async () => {
    await using app = await withUser();
    const { id } = await created(app);
    expect((await app.call(routes.getSession, 'ada', { id })).json<{ session: Session }>().session.id).toBe(id);
    const renamed = await app.call(routes.updateSession, 'ada', { id, body: { name: 'new', max_budget_usd: 2 } });
    expect(renamed.json()).toMatchObject({ session: { name: 'new', max_budget_usd: 2 } });
    for (let time = 0; time < 2; time += 1) {
      expect((await app.call(routes.terminateSession, 'ada', { id })).json()).toEqual({ terminated: true });
    }
    expect((await app.call(routes.deleteSessionRecord, 'ada', { id })).json()).toEqual({ deleted: true });
    expect((await app.call(routes.getSession, 'ada', { id })).statusCode).toBe(404);
  });

  test('history gives the envelopes after a seq', async () => {
    await using app = await withUser();
    const { id } = await created(app, { initial_prompt: 'one "quoted" \u2028 prompt' });
    const whole = (await app.call(routes.sessionHistory, 'ada', { id })).json<{
      messages: { seq: number; type: string; payload: unknown }[];
      last_seq: number;
    }>();
    expect(whole).toMatchObject({ last_seq: whole.messages.length, more: false });
    expect(whole.messages.map(({ seq }) => seq)).toEqual(whole.messages.map((_, index) => index + 1));
    expect(whole.messages).toContainEqual(
      expect.objectContaining({ type: 'prompt_status', payload: expect.objectContaining({ text: 'one "quoted" \u2028 prompt' }) }),
    );
    const after = await app.call(routes.sessionHistory, 'ada', { id, query: { after_seq: String(whole.last_seq), limit: '1' } });
    expect(after.json()).toEqual({ messages: [], last_seq: whole.last_seq, more: false });
  });
});

describe('400', () => {
  test('of the body: fields that are unknown or out of range', async () => {
    await using app = await withUser();
    const bodies = [
      { typo: 1 },
      { max_turns: 0 },
      { permission_mode: 'default' },
      { allowed_tools: ['Bash('] },
      { plugins: ['unknown'] },
      { mcp_servers: { x: { type: 'ftp', url: 'ftp://x' } } },
      { environment: { '1A': 'x' } },
      { environment: { A: '***' } },
      { profile_id: 'nonsense' },
      { idempotency_key: 'a', idempotent_key: 'b' },
      [],
      'text',
    ];
    for (const body of bodies) {
      expect((await app.call(routes.createSession, 'ada', { body })).json(), JSON.stringify(body)).toMatchObject({
        error: 'invalid_request',
      });
    }
  });

  test('of the query: unknown, repeated or out of range', async () => {
    await using app = await withUser();
    const headers = { authorization: `Bearer ${await app.token('ada')}` };
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=1&limit=2', 'status=gone', 'cursor=nonsense', 'lmit=1', '__proto__=1']) {
      const reply = await app.inject({ url: `/v1/sessions?${query}`, headers });
      expect(reply.json(), query).toMatchObject({ error: 'invalid_request', details: [{ path: expect.any(String) }] });
    }
  });

  test('of the path: what cannot be an id', async () => {
    await using app = await withUser();
    for (const id of ['%20', 'a%2Fb', '%00', 'ä', '..%2f..', 'x'.repeat(300)]) {
      expect((await app.call(routes.getSession, 'ada', { id })).json(), id).toMatchObject({ error: 'invalid_request' });
    }
  });

  test('update without a field', async () => {
    await using app = await withUser();
    const { id } = await created(app);
    expect((await app.call(routes.updateSession, 'ada', { id, body: {} })).json()).toMatchObject({ error: 'invalid_request' });
  });
});

describe('403', () => {
  test('no_credentials', async () => {
    await using app = await startTestApp();
    await app.call(routes.register, 'ada');
    expect((await app.call(routes.createSession, 'ada')).json()).toMatchObject({ error: 'no_credentials' });
  });

  test('not_registered tells the rate limit too', async () => {
    await using app = await startTestApp();
    const refused = await app.call(routes.createSession, 'ada');
    expect(refused.json()).toMatchObject({ error: 'not_registered' });
    expect(refused.headers).toMatchObject({ 'ratelimit-limit': '10', 'ratelimit-remaining': '10' });
  });
});

describe('404', () => {
  test('an unknown id, an id of another kind, and somebody else’s', async () => {
    await using app = await withUser();
    await app.call(routes.register, 'bob');
    const { id } = await created(app);
    const bodies: Record<string, unknown> = { updateSession: { name: 'x' }, captureProfile: { name: 'x' } };
    for (const name of [
      'getSession',
      'updateSession',
      'terminateSession',
      'deleteSessionRecord',
      'sessionHistory',
      'captureProfile',
    ] as const) {
      for (const [user, unknown] of [
        ['bob', id],
        ['ada', 'ses_unknown'],
        ['ada', 'nope'],
        ['ada', 'prf_x'],
      ] as const) {
        const reply = await app.call(routes[name], user, { id: unknown, body: bodies[name] });
        expect(reply.json(), `${name} ${unknown}`).toMatchObject({ error: 'not_found', status: 404 });
      }
    }
    expect((await app.call(routes.createSession, 'ada', { body: { profile_id: 'prf_unknown' } })).json()).toMatchObject({
      error: 'not_found',
    });
  });
});

describe('409', () => {
  test('concurrent_session_limit, which does not count against the rate limit', async () => {
    await using app = await withUser({ config: { limits: { ...defaultLimits, concurrent_sessions: 1, create_session_per_minute: 2 } } });
    await created(app);
    for (let time = 0; time < 5; time += 1) {
      const refused = await app.call(routes.createSession, 'ada');
      expect(refused.json()).toMatchObject({ error: 'concurrent_session_limit' });
      expect(refused.headers['ratelimit-remaining']).toBe('1');
    }
  });

  test('session_not_ended for the record of a live session; session_not_running for the budget of an ended one', async () => {
    await using app = await withUser();
    const { id } = await created(app);
    expect((await app.call(routes.deleteSessionRecord, 'ada', { id })).json()).toMatchObject({ error: 'session_not_ended' });
    await app.call(routes.terminateSession, 'ada', { id });
    expect((await app.call(routes.updateSession, 'ada', { id, body: { max_budget_usd: 1 } })).json()).toMatchObject({
      error: 'session_not_running',
    });
  });
});

describe('429', () => {
  test('the rate limit of create is checked before concurrency', async () => {
    await using app = await withUser({ config: { limits: { ...defaultLimits, concurrent_sessions: 2, create_session_per_minute: 2 } } });
    await created(app);
    await created(app);
    const refused = await app.call(routes.createSession, 'ada');
    expect(refused.json()).toMatchObject({ error: 'rate_limited' });
    expect(refused.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '0', 'retry-after': expect.any(String) });
  });
});

describe('503', () => {
  test('unavailable while no runner is there, with Retry-After', async () => {
    await using app = await withUser();
    app.runner.setPresent(false);
    const reply = await app.call(routes.createSession, 'ada');
    expect(reply.json()).toMatchObject({ error: 'unavailable', request_id: expect.any(String) });
    expect(reply.headers['retry-after']).toBe('2');
  });
});
