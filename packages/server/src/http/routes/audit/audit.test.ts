import { type AuditEntry, type Profile, type Session, routes } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { type TestApp, startTestApp } from '../../test-app.ts';

const secret = 'sk-ant-api03-the-secret';

async function acts(app: TestApp, query: Record<string, string> = {}) {
  const reply = await app.call(routes.listAudit, 'ada', { query });
  expect(reply.statusCode).toBe(200);
  return reply.json<{ entries: AuditEntry[]; next_cursor: string }>();
}

test('what a user does is written down, without its secrets, and is theirs alone to read', async () => {
  await using app = await startTestApp();
  const call = (...[contract, input]: [Parameters<typeof app.call>[0], Parameters<typeof app.call>[2]?]) =>
    app.call(contract, 'ada', input);
  await call(routes.register);
  await app.signIn
    .exchange(await app.signIn.newCode({ userId: 'usr_ada', email: 'ada@example.com' }))
    .then(({ refreshToken }) => app.signIn.signOut(refreshToken));
  await call(routes.storeApiKey, { body: { api_key: secret } });
  const { profile } = (await call(routes.createProfile, { body: { name: 'p', environment: { TOKEN: secret } } })).json<{
    profile: Profile;
  }>();
  await call(routes.updateProfile, { id: profile.id, body: { name: 'q', environment: { TOKEN: secret } } });
  await call(routes.setDefaultProfile, { id: profile.id });
  const { session } = (await call(routes.createSession, { body: { name: 'secret name', permission_mode: 'plan' } })).json<{
    session: Session;
  }>();
  await call(routes.updateSession, { id: session.id, body: { max_budget_usd: 5 } });
  await call(routes.terminateSession, { id: session.id });
  await call(routes.deleteSessionRecord, { id: session.id });
  await call(routes.deleteCredential);

  const { entries } = await acts(app);
  expect(entries.map(({ action }) => action).toReversed()).toEqual([
    'registered',
    'signed_in',
    'signed_out',
    'credential_stored',
    'profile_created',
    'profile_updated',
    'default_profile_set',
    'session_created',
    'session_updated',
    'session_terminated',
    'session_record_deleted',
    'credential_removed',
  ]);
  expect(entries.find(({ action }) => action === 'session_created')).toMatchObject({
    subject: session.id,
    detail: { profile_id: profile.id, permission_mode: 'plan' },
  });
  expect(entries.find(({ action }) => action === 'profile_updated')).toMatchObject({ detail: { changed: 'environment, name' } });
  expect(JSON.stringify(entries)).not.toMatch(/sk-ant|secret name/);

  await app.call(routes.register, 'bob');
  const theirs = (await app.call(routes.listAudit, 'bob')).json<{ entries: AuditEntry[] }>();
  expect(theirs.entries.map(({ action }) => action)).toEqual(['registered']);
});

test('pages do not shift when something is added; an act that is refused is none', async () => {
  await using app = await startTestApp();
  await app.call(routes.register, 'ada');
  for (const name of ['a', 'b']) await app.call(routes.createProfile, 'ada', { body: { name } });
  const first = await acts(app, { limit: '2' });
  expect(first.entries.map(({ action }) => action)).toEqual(['profile_created', 'profile_created']);
  expect((await app.call(routes.deleteProfile, 'ada', { id: 'prf_nobody' })).statusCode).toBe(404);
  await app.call(routes.createProfile, 'ada', { body: { name: 'c' } });
  const second = await acts(app, { limit: '2', cursor: first.next_cursor });
  expect(second).toMatchObject({ entries: [{ action: 'registered' }], next_cursor: '' });
  expect((await app.call(routes.listAudit, 'ada', { query: { cursor: 'nonsense' } })).statusCode).toBe(400);
});
