import { ApiError, type Profile, type Settings, type UpdateProfile, defaultSettings } from '@ai-sessions/protocol';
import type { Clock } from '../clock.ts';
import type { ServerConfig } from '../config.ts';
import type { Ids } from '../ids.ts';
import type { ProfileRow, Store, UserRow } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import { checkSettings } from './check-settings.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { Profiles } from './profiles.ts';
import { type SecretParts, joinSecrets, secretParts, splitSecrets } from './secrets.ts';
import { starterProfiles } from './starter-profiles.ts';

interface ProfilesContext {
  readonly store: Pick<Store, 'profiles' | 'users'>;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly config: Pick<ServerConfig, 'limits' | 'plugins'>;
}

/** Lost races with another replica that an update takes before it gives up. */
const updateAttempts = 5;

/** The users' profiles over the store, their secrets sealed by the vault. */
export function createProfiles(ctx: ProfilesContext): Profiles {
  const serially = oneAtATime();
  return {
    list: async (userId) => (await ctx.store.profiles.list(userId)).map(toProfile),
    get: async (userId, profileId) => toProfile(found(await ctx.store.profiles.get(userId, profileId))),

    async create(userId, { name, description = '', ...given }) {
      checkSettings(given, ctx.config.plugins);
      const owner = await ownerOf(ctx, userId);
      const { masked, secrets } = splitSecrets({ ...defaultSettings, ...given });
      const row = newRow(ctx, userId, { name, description, settings: masked });
      const stored = await ctx.store.profiles.insert({ ...row, secrets: seal(ctx, owner, secrets) }, ctx.config.limits.profiles);
      if (stored === 'limit') {
        throw new ApiError('profile_limit', `You have ${ctx.config.limits.profiles} profiles, the most there may be. Delete one first.`);
      }
      return toProfile(stored);
    },

    async update(userId, profileId, body) {
      checkSettings(body, ctx.config.plugins);
      const owner = await ownerOf(ctx, userId);
      return toProfile(await serially(profileId, () => update(ctx, owner, profileId, body)));
    },

    async remove(userId, profileId) {
      const outcome = await ctx.store.profiles.remove(userId, profileId);
      if (outcome === 'not_found') throw notFound();
      if (outcome === 'default') {
        throw new ApiError('default_profile', 'This is your default profile. Make another one the default, then delete it.');
      }
    },

    setDefault: async (userId, profileId) =>
      toProfile(found(await ctx.store.profiles.setDefault(userId, profileId, ctx.clock.timestamp()))),

    async resolve(userId, profileId) {
      const row =
        profileId === undefined ? await ctx.store.profiles.getDefault(userId) : found(await ctx.store.profiles.get(userId, profileId));
      if (row === null) return null;
      const secrets = row.secrets === null ? null : open(ctx, await ownerOf(ctx, userId), row.secrets);
      return { id: row.id, settings: joinSecrets(row.settings, secrets) };
    },

    starters: (userId) => starterProfiles.map((starter, index) => ({ ...newRow(ctx, userId, starter), is_default: index === 0 })),
  };
}

/** Reads, merges and writes; what another replica wrote in between is read and merged again. */
async function update(ctx: ProfilesContext, owner: UserRow, profileId: string, body: UpdateProfile): Promise<ProfileRow> {
  for (let attempt = 0; attempt < updateAttempts; attempt += 1) {
    const row = found(await ctx.store.profiles.get(owner.id, profileId));
    const stored = await ctx.store.profiles.update(merge(ctx, owner, row, body));
    if (stored !== null) return stored;
  }
  throw new ApiError('unavailable', 'The profile is being changed by many requests at once. Try again.', { retryAfterSeconds: 1 });
}

function merge(ctx: ProfilesContext, owner: UserRow, row: ProfileRow, { name, description, ...given }: UpdateProfile): ProfileRow {
  const stored = row.secrets === null ? null : open(ctx, owner, row.secrets);
  const { masked, secrets } = splitSecrets({ ...row.settings, ...given }, stored);
  return {
    ...row,
    name: name ?? row.name,
    description: description ?? row.description,
    settings: masked,
    secrets: seal(ctx, owner, secrets),
    updated_at: ctx.clock.timestamp(),
  };
}

function newRow(ctx: ProfilesContext, userId: string, given: { name: string; description: string; settings: Settings }): ProfileRow {
  const now = ctx.clock.timestamp();
  return {
    id: ctx.ids.next('profile'),
    user_id: userId,
    name: given.name,
    description: given.description,
    is_default: false,
    settings: given.settings,
    secrets: null,
    version: 1,
    created_at: now,
    updated_at: now,
  };
}

function seal(ctx: ProfilesContext, owner: UserRow, secrets: SecretParts | null): string | null {
  return secrets === null ? null : ctx.vault.seal(owner, 'profile', JSON.stringify(secrets));
}

function open(ctx: ProfilesContext, owner: UserRow, sealed: string): SecretParts {
  return secretParts.parse(JSON.parse(ctx.vault.open(owner, 'profile', sealed)));
}

async function ownerOf(ctx: ProfilesContext, userId: string): Promise<UserRow> {
  const user = await ctx.store.users.get(userId);
  if (user === null) throw new ApiError('not_registered', 'You are not registered. Register first: POST /v1/register.');
  return user;
}

function found(row: ProfileRow | null): ProfileRow {
  if (row === null) throw notFound();
  return row;
}

function notFound(): ApiError {
  return new ApiError('not_found', 'There is no such profile. GET /v1/profiles lists yours.');
}

function toProfile(row: ProfileRow): Profile {
  const { id, name, description, is_default, created_at, updated_at } = row;
  return { id, name, description, is_default, ...row.settings, created_at, updated_at };
}
