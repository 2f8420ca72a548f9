import { ApiError } from '@ai-sessions/protocol';
import { isLive } from '../domain/session-state.ts';
import type { SessionsContext } from './create-sessions.ts';
import { ownedSession } from './owned-session.ts';
import { noCredentials, refusal } from './refusal.ts';

const patienceMs = 60_000;
const lookMs = 100;

/**
 * Resolves when a runner has the session, or is bringing it up; wakes it if it sleeps.
 * @throws ApiError `not_found`, `session_not_running`, `no_credentials`, `unavailable` (no runner took it in time, or `signal` aborted).
 */
export async function awakeSession(ctx: SessionsContext, userId: string, sessionId: string, signal: AbortSignal): Promise<void> {
  const until = ctx.clock.now() + patienceMs;
  for (;;) {
    const { state } = await ownedSession(ctx.store, userId, sessionId);
    if (!isLive(state)) throw refusal({ ok: false, code: 'session_not_running' });
    if (state.incarnation === 'starting' || state.incarnation === 'up') return;
    if (state.incarnation === 'none') {
      if ((await ctx.credentials.kind(userId)) === null) throw noCredentials();
      await ctx.commands.apply(sessionId, { kind: 'wake' });
    }
    if (ctx.clock.now() >= until || signal.aborted)
      throw new ApiError('unavailable', 'No machine took the session up in time. Try again.', { retryAfterSeconds: 5 });
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}
