import { type Profile, routes } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { type TestApp, startTestApp } from '../../test-app.ts';

async function withUser() {
  const app = await startTestApp();
  await app.call(routes.register, 'ada');
  return app;
}

async function create(app: TestApp, body: unknown): Promise<Profile> {
  const reply = await app.call(routes.createProfile, 'ada', { body });
  expect(reply.statusCode).toBe(201);
  return reply.json<{ profile: Profile }>().profile;
}

/** The body of the user's own example. */
const investigation = {
  name: 'Investigation',
  description: 'Profile for security investigations',
  allowed_tools: ['Bash', 'Read', 'Grep', 'Glob', 'WebFetch'],
  denied_tools: ['Write', 'Edit'],
  permission_mode: 'acceptEdits',
  max_turns: 100,
  max_budget_usd: 10.0,
};

describe('200 and 201', () => {
  test('create, get, list, update, make default, delete', async () => {
    await using app = await withUser();
    const profile = await create(app, investigation);
    expect(profile).toMatchObject({ ...investigation, is_default: false });
    expect((await app.call(routes.getProfile, 'ada', { id: profile.id })).json()).toEqual({ profile });
    expect((await app.call(routes.listProfiles, 'ada')).json<{ profiles: Profile[] }>().profiles).toContainEqual(profile);
    const updated = await app.call(routes.updateProfile, 'ada', { id: profile.id, body: { max_turns: null } });
    expect(updated.json()).toMatchObject({ profile: { name: 'Investigation', max_turns: null } });
    const made = await app.call(routes.setDefaultProfile, 'ada', { id: profile.id });
    expect(made.json()).toMatchObject({ profile: { is_default: true } });
    const { profiles } = (await app.call(routes.listProfiles, 'ada')).json<{ profiles: Profile[] }>();
    const other = profiles.find(({ is_default }) => !is_default);
    expect(profiles.filter(({ is_default }) => is_default)).toHaveLength(1);
    expect((await app.call(routes.deleteProfile, 'ada', { id: other?.id ?? '' })).json()).toEqual({ deleted: true });
  });

  test('a session’s settings are captured, secrets with them but never shown', async () => {
    await using app = await withUser();
    await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } });
    const settings = { environment: { TOKEN: 'hidden' }, denied_tools: ['Write'], max_turns: 7 };
    const { session } = (await app.call(routes.createSession, 'ada', { body: settings })).json<{ session: { id: string } }>();
    const reply = await app.call(routes.captureProfile, 'ada', { id: session.id, body: { name: 'My Session Config' } });
    expect(reply.statusCode).toBe(201);
    const { profile } = reply.json<{ profile: Profile }>();
    expect(profile).toMatchObject({
      name: 'My Session Config',
      description: '',
      environment: { TOKEN: '***' },
      denied_tools: ['Write'],
      max_turns: 7,
    });
    expect((await app.ctx.profiles.resolve('usr_ada', profile.id))?.settings.environment).toEqual({ TOKEN: 'hidden' });
  });
});

describe('400', () => {
  test('of the body: what is missing, unknown or out of range', async () => {
    await using app = await withUser();
    const bodies = [
      undefined,
      {},
      { name: '' },
      { name: 'x'.repeat(101) },
      { name: 'x', description: 'x'.repeat(501) },
      { name: 'x', is_default: true },
      { name: 'x', max_budget_usd: 0 },
      { name: 'x', max_turns: 1.5 },
      { name: 'x', ttl_seconds: 86_401 },
      { name: 'x', system_prompt_suffix: 'ä'.repeat(8193) },
      { name: 'x', environment: { A: '***' } },
      { name: 'x', allowed_tools: ['mcp__'] },
      { name: 'x', mcp_servers: { 'a b': { type: 'http', url: 'https://x.example' } } },
    ];
    for (const body of bodies) {
      const refused = await app.call(routes.createProfile, 'ada', { body });
      expect(refused.json(), JSON.stringify(body)).toMatchObject({ error: 'invalid_request', details: [{ path: expect.any(String) }] });
    }
  });
});

describe('404', () => {
  test('an unknown profile and somebody else’s', async () => {
    await using app = await withUser();
    await app.call(routes.register, 'bob');
    const { id } = await create(app, { name: 'p' });
    for (const route of [routes.getProfile, routes.updateProfile, routes.deleteProfile, routes.setDefaultProfile]) {
      for (const [user, unknown] of [
        ['bob', id],
        ['ada', 'prf_unknown'],
        ['ada', 'nope'],
      ] as const) {
        const body = route === routes.updateProfile ? { name: 'x' } : undefined;
        expect((await app.call(route, user, { id: unknown, body })).json()).toMatchObject({ error: 'not_found' });
      }
    }
  });
});

describe('409', () => {
  test('profile_limit, also for a capture', async () => {
    await using app = await withUser();
    await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } });
    const { session } = (await app.call(routes.createSession, 'ada')).json<{ session: { id: string } }>();
    for (let number = 0; number < 8; number += 1) await create(app, { name: `p${number}` });
    expect((await app.call(routes.createProfile, 'ada', { body: { name: 'more' } })).json()).toMatchObject({ error: 'profile_limit' });
    expect((await app.call(routes.captureProfile, 'ada', { id: session.id, body: { name: 'more' } })).json()).toMatchObject({
      error: 'profile_limit',
    });
  });

  test('default_profile', async () => {
    await using app = await withUser();
    const { profiles } = (await app.call(routes.listProfiles, 'ada')).json<{ profiles: Profile[] }>();
    expect((await app.call(routes.deleteProfile, 'ada', { id: profiles[0]?.id ?? '' })).json()).toMatchObject({ error: 'default_profile' });
  });
});
