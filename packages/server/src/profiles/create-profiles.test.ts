import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ErrorCode, defaultLimits } from '@ai-sessions/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { randomIds } from '../ids.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { ProfileStore, Store } from '../store/store.ts';
import { createVault } from '../vault/aes-vault.ts';
import { createProfiles } from './create-profiles.ts';

let dir: string;
let store: Store;
const vault = createVault(Buffer.alloc(32, 1));
let users = 0;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ai-sessions-profiles-'));
  store = openSqliteStore({ file: path.join(dir, 'test.db') });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

const profilesOver = (over: Pick<Store, 'profiles' | 'users'>) =>
  createProfiles({ store: over, vault, clock: systemClock, ids: randomIds, config: { limits: defaultLimits, plugins: ['forensics'] } });

/** The store's profiles with another `update`. */
function profileStoreWith(update: ProfileStore['update']): ProfileStore {
  return new Proxy(store.profiles, { get: (target, name) => (name === 'update' ? update : Reflect.get(target, name)) });
}

async function newUser() {
  const profiles = profilesOver(store);
  const userId = `usr_${(users += 1)}`;
  const row = { id: userId, email: 'a@example.com', registered_at: systemClock.timestamp(), data_key: vault.newDataKey() };
  await store.users.register(row, profiles.starters(userId), null, null);
  return { profiles, userId };
}

const refusedWith = (code: ErrorCode) => expect.objectContaining({ code });

describe('a new user', () => {
  test('has the two starter profiles, Default the default', async () => {
    const { profiles, userId } = await newUser();
    const [first, second, ...more] = await profiles.list(userId);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ name: 'Default', is_default: true, permission_mode: 'acceptEdits' });
    expect(first?.allowed_tools.slice(0, 2)).toEqual(['Read', 'Bash(cat:*)']);
    expect(first?.allowed_tools).toHaveLength(12);
    expect(second).toMatchObject({ name: 'Full permissions', is_default: false, permission_mode: 'bypassPermissions' });
  });
});

describe('secrets', () => {
  const secretSettings = {
    environment: { TOKEN: 'hidden-1' },
    mcp_servers: { lc: { type: 'http' as const, url: 'https://mcp.example.com', headers: { Authorization: 'hidden-2' } } },
  };

  test('are masked in what is read, sealed in what is stored, open in what is resolved', async () => {
    const { profiles, userId } = await newUser();
    const created = await profiles.create(userId, { name: 'p', ...secretSettings });
    expect(created.environment).toEqual({ TOKEN: '***' });
    expect(JSON.stringify(await profiles.list(userId))).not.toContain('hidden');
    expect(JSON.stringify(await store.profiles.get(userId, created.id))).not.toContain('hidden');
    expect((await profiles.resolve(userId, created.id))?.settings).toMatchObject(secretSettings);
  });

  test('are kept by "***", by what an update leaves out, and go with what it replaces', async () => {
    const { profiles, userId } = await newUser();
    const { id, mcp_servers } = await profiles.create(userId, { name: 'p', ...secretSettings });
    await profiles.update(userId, id, { environment: { TOKEN: '***', OTHER: 'hidden-3' }, mcp_servers });
    await profiles.update(userId, id, { model: 'claude-x' });
    expect((await profiles.resolve(userId, id))?.settings).toMatchObject({
      environment: { TOKEN: 'hidden-1', OTHER: 'hidden-3' },
      mcp_servers: secretSettings.mcp_servers,
    });
    await profiles.update(userId, id, { environment: {} });
    expect((await profiles.resolve(userId, id))?.settings.environment).toEqual({});
    await expect(profiles.update(userId, id, { environment: { TOKEN: '***' } })).rejects.toEqual(refusedWith('invalid_request'));
  });
});

describe('update', () => {
  test('changes what is given, clears by null, and moves updated_at', async () => {
    const { profiles, userId } = await newUser();
    const created = await profiles.create(userId, { name: 'p', description: 'd', max_turns: 5, max_budget_usd: 1 });
    const updated = await profiles.update(userId, created.id, { name: 'q', max_turns: null });
    expect(updated).toEqual({ ...created, name: 'q', max_turns: null, updated_at: updated.updated_at });
    expect(updated.updated_at >= created.updated_at).toBe(true);
  });

  test('loses nothing of thirty at once', async () => {
    const { profiles, userId } = await newUser();
    const { id } = await profiles.create(userId, { name: 'p' });
    const fields = [{ name: 'q' }, { description: 'd' }, { model: 'm' }, { max_turns: 3 }, { max_budget_usd: 2 }, { one_shot: true }];
    await Promise.all(Array.from({ length: 30 }, (_, index) => profiles.update(userId, id, fields[index % fields.length] ?? {})));
    expect(await profiles.get(userId, id)).toMatchObject(Object.assign({}, ...fields));
    expect((await store.profiles.get(userId, id))?.version).toBe(31);
  });

  test('merges again with what another replica wrote in between', async () => {
    const { profiles, userId } = await newUser();
    const { id } = await profiles.create(userId, { name: 'p' });
    let interventions = 2;
    const raced = profileStoreWith(async (row) => {
      if ((interventions -= 1) >= 0) await profiles.update(userId, id, { description: `other ${interventions}` });
      return store.profiles.update(row);
    });
    await profilesOver({ users: store.users, profiles: raced }).update(userId, id, { model: 'm' });
    expect(await profiles.get(userId, id)).toMatchObject({ description: 'other 0', model: 'm' });
  });

  test('gives up with "try again" when every try is beaten', async () => {
    const { profiles, userId } = await newUser();
    const { id } = await profiles.create(userId, { name: 'p' });
    const beaten = profileStoreWith(() => Promise.resolve(null));
    await expect(profilesOver({ users: store.users, profiles: beaten }).update(userId, id, { model: 'm' })).rejects.toEqual(
      refusedWith('unavailable'),
    );
  });
});

describe('refusals', () => {
  test('a profile of nobody or of somebody else is not found', async () => {
    const { profiles, userId } = await newUser();
    const other = await newUser();
    const { id } = await profiles.create(userId, { name: 'p' });
    const refused = await Promise.allSettled([
      profiles.get(other.userId, id),
      profiles.update(other.userId, id, {}),
      profiles.remove(other.userId, id),
      profiles.setDefault(other.userId, id),
      profiles.resolve(other.userId, id),
      profiles.get(userId, 'prf_unknown'),
    ]);
    for (const outcome of refused) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
  });

  test('the eleventh profile, also of many at once', async () => {
    const { profiles, userId } = await newUser();
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => profiles.create(userId, { name: `p${index}` })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
    await expect(profiles.create(userId, { name: 'more' })).rejects.toEqual(refusedWith('profile_limit'));
  });

  test('the default profile is not deleted; another may become it', async () => {
    const { profiles, userId } = await newUser();
    const [first, second] = await profiles.list(userId);
    if (first === undefined || second === undefined) throw new Error('starters are missing');
    await expect(profiles.remove(userId, first.id)).rejects.toEqual(refusedWith('default_profile'));
    expect(await profiles.setDefault(userId, second.id)).toMatchObject({ is_default: true });
    await profiles.remove(userId, first.id);
    expect((await profiles.list(userId)).map(({ is_default }) => is_default)).toEqual([true]);
    expect((await profiles.resolve(userId, undefined))?.id).toBe(second.id);
  });

  test('a plugin that is not offered, and a malformed tool pattern', async () => {
    const { profiles, userId } = await newUser();
    await expect(profiles.create(userId, { name: 'p', plugins: ['other'] })).rejects.toEqual(refusedWith('invalid_request'));
    await expect(profiles.create(userId, { name: 'p', allowed_tools: ['Bash('] })).rejects.toEqual(refusedWith('invalid_request'));
    await expect(profiles.create(userId, { name: 'p', plugins: ['forensics'] })).resolves.toMatchObject({ plugins: ['forensics'] });
  });
});
