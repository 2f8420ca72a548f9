import { routes } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { startTestApp } from '../../test-app.ts';

describe('200', () => {
  test('ends sessions, purges their workspaces, and leaves nothing of the user', async () => {
    await using app = await startTestApp();
    await app.call(routes.register, 'ada');
    await app.call(routes.register, 'bob');
    await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } });
    const { session } = (await app.call(routes.createSession, 'ada')).json<{ session: { id: string } }>();

    const reply = await app.call(routes.deregister, 'ada');
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toEqual({ deregistered: true });
    expect(app.runner.purged).toEqual([session.id]);
    expect(await app.ctx.store.users.get('usr_ada')).toBeNull();
    expect(await app.ctx.store.sessions.get(session.id)).toBeNull();
    expect((await app.call(routes.credentialStatus, 'ada')).json()).toEqual({ has_credentials: false });
    expect((await app.call(routes.listSessions, 'ada')).json()).toMatchObject({ error: 'not_registered' });
    expect((await app.call(routes.listProfiles, 'bob')).statusCode).toBe(200);

    expect((await app.call(routes.register, 'ada')).statusCode).toBe(200);
    expect((await app.call(routes.listSessions, 'ada')).json()).toEqual({ sessions: [], next_cursor: '' });
  });
});

describe('403', () => {
  test('not_registered, also the second time', async () => {
    await using app = await startTestApp();
    await app.call(routes.register, 'ada');
    await app.call(routes.deregister, 'ada');
    expect((await app.call(routes.deregister, 'ada')).json()).toMatchObject({ error: 'not_registered' });
  });
});
