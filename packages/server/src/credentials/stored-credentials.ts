import { ApiError, type CredentialType } from '@ai-sessions/protocol';
import type { Clock } from '../clock.ts';
import type { CredentialRow, CredentialStore, UserRow, UserStore } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { Credentials } from './credentials.ts';

/** How long an opened secret is kept for the next model call. Another replica's change is seen this late at most. */
const openedLifetime = 30_000;
const openedKept = 1000;
const longestKey = 500;

interface Opened {
  readonly type: CredentialType;
  readonly secret: string;
}

export interface CredentialOptions {
  readonly store: { readonly users: Pick<UserStore, 'get'>; readonly credentials: CredentialStore };
  readonly vault: Vault;
  readonly clock: Clock;
  readonly config: { readonly demo: boolean };
}

/**
 * The users' credentials in the store, sealed by the vault.
 * A demo credential counts as none where the server does not run the demo: it means nothing to a real upstream.
 */
export function createCredentials({ store, vault, clock, config }: CredentialOptions): Credentials {
  const opened = new Map<string, { readonly until: number; readonly value: Opened }>();
  /** Grows with each change here, so that a secret read before a change is not kept after it. */
  let changes = 0;

  function forget(userId: string): void {
    changes += 1;
    opened.delete(userId);
  }

  async function put(userId: string, type: CredentialType, secret: string): Promise<void> {
    const owner = await ownerOf(userId);
    if (owner === null) throw new ApiError('not_registered', 'Register first: POST /v1/register.');
    try {
      await store.credentials.put(sealCredential({ vault, clock }, owner, type, secret));
    } finally {
      forget(userId);
    }
  }

  async function stored(userId: string): Promise<CredentialRow | null> {
    const row = await store.credentials.get(userId);
    return row?.type === 'demo' && !config.demo ? null : row;
  }

  async function ownerOf(userId: string): Promise<UserRow | null> {
    return await store.users.get(userId);
  }

  async function openStored(userId: string): Promise<Opened | null> {
    const [owner, row] = await Promise.all([ownerOf(userId), stored(userId)]);
    return owner === null || row === null ? null : { type: row.type, secret: vault.open(owner, 'credential', row.sealed) };
  }

  return {
    storeApiKey: async (userId, apiKey) => put(userId, 'api_key', checkedApiKey(apiKey)),
    storeOauthToken: async (userId, token) => put(userId, 'oauth_token', checkedOauthToken(token)),
    async status(userId) {
      const row = await stored(userId);
      return row === null ? { has_credentials: false } : { has_credentials: true, credential_type: row.type, created_at: row.created_at };
    },
    kind: async (userId) => (await stored(userId))?.type ?? null,
    async secret(userId) {
      const known = opened.get(userId);
      if (known !== undefined && clock.now() < known.until) return known.value;
      opened.delete(userId);
      const changesBefore = changes;
      const value = await openStored(userId);
      if (value === null || changes !== changesBefore) return value;
      const oldest = opened.keys().next();
      if (opened.size >= openedKept && oldest.done !== true) opened.delete(oldest.value);
      opened.set(userId, { until: clock.now() + openedLifetime, value });
      return value;
    },
    async remove(userId) {
      try {
        await store.credentials.remove(userId);
      } finally {
        forget(userId);
      }
    },
  };
}

/** The row of a credential, sealed for its owner; also for a user who is just being registered. */
export function sealCredential(
  context: { readonly vault: Vault; readonly clock: Clock },
  owner: { readonly id: string; readonly data_key: string },
  type: CredentialType,
  secret: string,
): CredentialRow {
  return { user_id: owner.id, type, sealed: context.vault.seal(owner, 'credential', secret), created_at: context.clock.timestamp() };
}

/** What a demo user has for a credential: the scripted model takes any key. */
export const demoSecret = 'sk-ant-demo';

function checkedApiKey(apiKey: string): string {
  const key = apiKey.trim();
  if (!/^sk-ant-[\x21-\x7e]+$/.test(key) || key.length > longestKey) {
    throw new ApiError(
      'invalid_api_key',
      `An Anthropic API key starts with sk-ant-, has no spaces and at most ${longestKey} characters. Copy yours whole from https://platform.claude.com/settings/keys.`,
    );
  }
  return key;
}

function checkedOauthToken(token: string): string {
  const trimmed = token.trim();
  if (!/^[\x21-\x7e]{1,4096}$/.test(trimmed)) throw new Error('A Claude token is printable ASCII without spaces.');
  return trimmed;
}
