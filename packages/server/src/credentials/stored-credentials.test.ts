import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { CredentialRow, UserRow } from '../store/store.ts';
import { createVault } from '../vault/aes-vault.ts';
import { type CredentialOptions, createCredentials, demoSecret, sealCredential } from './stored-credentials.ts';

const key = 'sk-ant-api03-Abc_123-xyz';
const vault = createVault(randomBytes(32));
let now: number;
let users: Map<string, UserRow>;
let rows: Map<string, CredentialRow>;
let reads: number;
let options: CredentialOptions;

beforeEach(() => {
  now = Date.parse('2026-11-23T02:00:00Z');
  reads = 0;
  rows = new Map();
  users = new Map(
    ['usr_ada', 'usr_bob'].map((id) => [
      id,
      { id, email: `${id}@example.com`, registered_at: '2026-11-23T02:00:00.000Z', data_key: vault.newDataKey() },
    ]),
  );
  options = {
    store: {
      users: { get: async (id) => users.get(id) ?? null },
      credentials: {
        put: async (row) => void rows.set(row.user_id, row),
        get: async (id) => {
          reads += 1;
          return rows.get(id) ?? null;
        },
        remove: async (id) => void rows.delete(id),
      },
    },
    vault,
    clock: { now: () => now, timestamp: () => new Date(now).toISOString() },
    config: { demo: false },
  };
});

test('a key is stored sealed, and told of without being shown', async () => {
  const credentials = createCredentials(options);
  expect(await credentials.status('usr_ada')).toEqual({ has_credentials: false });
  expect(await credentials.kind('usr_ada')).toBeNull();
  await credentials.storeApiKey('usr_ada', `  ${key}\n`);
  expect(JSON.stringify([...rows])).not.toContain(key);
  expect(await credentials.status('usr_ada')).toEqual({
    has_credentials: true,
    credential_type: 'api_key',
    created_at: '2026-11-23T02:00:00.000Z',
  });
  expect(await credentials.kind('usr_ada')).toBe('api_key');
  expect(await credentials.secret('usr_ada')).toEqual({ type: 'api_key', secret: key });
  expect(await credentials.secret('usr_bob')).toBeNull();
});

test.each([
  '',
  'sk-ant-',
  'sk-proj-abcdef',
  'SK-ANT-abc',
  'sk-ant-a b',
  'sk-ant-ä',
  'sk-ant-a\nb',
  `sk-ant-${'a'.repeat(500)}`,
  'xsk-ant-abcdef',
])('what is no key is refused without being repeated: %j', async (apiKey) => {
  const error: unknown = await createCredentials(options)
    .storeApiKey('usr_ada', apiKey)
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'invalid_api_key', message: expect.stringContaining('starts with sk-ant-') });
  if (apiKey.length > 7) expect(String(error)).not.toContain(apiKey);
  expect(rows.size).toBe(0);
});

test('each credential takes the place of the earlier one at once', async () => {
  const credentials = createCredentials(options);
  await credentials.storeApiKey('usr_ada', key);
  await credentials.secret('usr_ada');
  await credentials.storeOauthToken('usr_ada', 'sk-ant-oat01-token');
  expect(await credentials.secret('usr_ada')).toEqual({ type: 'oauth_token', secret: 'sk-ant-oat01-token' });
  await credentials.remove('usr_ada');
  expect(await credentials.secret('usr_ada')).toBeNull();
  expect(await credentials.status('usr_ada')).toEqual({ has_credentials: false });
});

test('an opened secret is kept for a while only, and never past a removal that overtakes its reading', async () => {
  const credentials = createCredentials(options);
  await credentials.storeApiKey('usr_ada', key);
  await credentials.secret('usr_ada');
  await credentials.secret('usr_ada');
  expect(reads).toBe(1);
  now += 30_000;
  await credentials.secret('usr_ada');
  expect(reads).toBe(2);
  now += 30_000;
  await Promise.all([credentials.secret('usr_ada'), credentials.remove('usr_ada')]);
  expect(await credentials.secret('usr_ada')).toBeNull();
});

test('only a registered user stores one', async () => {
  await expect(createCredentials(options).storeApiKey('usr_eve', key)).rejects.toMatchObject({ code: 'not_registered' });
});

test('a demo credential counts in the demo only', async () => {
  const ada = users.get('usr_ada');
  if (ada === undefined) throw new Error('no ada');
  rows.set(ada.id, sealCredential(options, ada, 'demo', demoSecret));
  const inDemo = createCredentials({ ...options, config: { demo: true } });
  expect(await inDemo.secret('usr_ada')).toEqual({ type: 'demo', secret: demoSecret });
  expect(await inDemo.status('usr_ada')).toMatchObject({ has_credentials: true, credential_type: 'demo' });
  const real = createCredentials(options);
  expect([await real.secret('usr_ada'), await real.kind('usr_ada'), await real.status('usr_ada')]).toEqual([
    null,
    null,
    { has_credentials: false },
  ]);
});
