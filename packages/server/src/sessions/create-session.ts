import { ApiError, type CreateSession, type Session, type Settings, defaultSettings, fixedLimits } from '@ai-sessions/protocol';
import { newSession } from '../domain/session-state.ts';
import { checkSettings } from '../profiles/check-settings.ts';
import { splitSecrets } from '../profiles/secrets.ts';
import { checkDailyBudget } from './check-daily-budget.ts';
import type { SessionsContext } from './create-sessions.ts';
import { noCredentials } from './refusal.ts';
import { publicSession } from './public-session.ts';

/** Creates a session from the request, filled up from the named or the default profile. */
export async function createSession(
  ctx: SessionsContext,
  userId: string,
  body: CreateSession,
): Promise<{ session: Session; created: boolean }> {
  const { name, profile_id, initial_prompt, idempotency_key, idempotent_key, ...given } = body;
  if (idempotency_key !== undefined && idempotent_key !== undefined && idempotency_key !== idempotent_key) {
    throw new ApiError('invalid_request', 'idempotency_key and idempotent_key are the same field under two names; give one.');
  }
  checkSettings(given, ctx.config.plugins);
  const user = await ctx.store.users.get(userId);
  if (user === null) throw new ApiError('not_registered', 'Register first: POST /v1/register.');
  if ((await ctx.credentials.kind(userId)) === null) throw noCredentials();
  if (!ctx.runnerAvailable())
    throw new ApiError('unavailable', 'No runner can take the session now. Try again in a moment.', { retryAfterSeconds: 2 });

  if (initial_prompt !== undefined) await checkDailyBudget(ctx.usage, userId);

  const profile = await ctx.profiles.resolve(userId, profile_id);
  const base = profile?.settings ?? defaultSettings;
  const { masked, secrets } = splitSecrets({ ...base, ...withoutUndefined(given) }, splitSecrets(base).secrets);
  const now = ctx.clock.timestamp();
  const id = ctx.ids.next('session');
  const state = newSession({
    id,
    userId,
    name: name ?? `Session of ${now.slice(0, 16).replace('T', ' ')}`,
    profileId: profile?.id ?? null,
    settings: masked,
    claudeSessionId: ctx.ids.uuid(),
    now,
  });
  const result = await ctx.commands.create(
    {
      state,
      secrets: secrets === null ? null : ctx.vault.seal(user, 'session', JSON.stringify(secrets)),
      idempotencyKey: idempotency_key ?? idempotent_key ?? null,
    },
    { kind: 'create', initialPrompt: initial_prompt === undefined ? null : { promptId: ctx.ids.next('prompt'), text: initial_prompt } },
    {
      maxLive: ctx.config.limits.concurrent_sessions,
      idempotentSince: new Date(ctx.clock.now() - fixedLimits.idempotencySeconds * 1000).toISOString(),
    },
  );
  if ('refused' in result) {
    throw new ApiError(
      'concurrent_session_limit',
      `You have ${ctx.config.limits.concurrent_sessions} live sessions, the most there may be. Terminate one first.`,
    );
  }
  return 'created' in result
    ? { session: publicSession(result.created, now), created: true }
    : { session: publicSession(result.repeated, now), created: false };
}

function withoutUndefined(given: Partial<Settings>): Partial<Settings> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
