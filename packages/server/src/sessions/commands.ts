import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { Command, Effect, SessionState, Timers, TransitionContext } from '../domain/session-state.ts';
import type { Applied, NewSession, Store } from '../store/store.ts';

/** Runs commands on sessions: in the store, then on the bus, then towards the runner. The one way to change a session. */
export interface Commands {
  create(
    session: NewSession,
    first: Command,
    rules: { maxLive: number; idempotentSince: string },
  ): Promise<{ created: SessionState } | { repeated: SessionState } | { refused: 'limit' }>;
  /** Null if there is no such session. */
  apply(sessionId: string, command: Command): Promise<Applied | null>;
}

export interface CommandsOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Whether somebody watches the session. */
  readonly attended: (sessionId: string) => boolean;
  /** Carries out what a transition asks for; must not throw. */
  readonly perform: (state: SessionState, effects: readonly Effect[], fresh: Pick<Applied, 'envelopes' | 'firstSeq'>) => void;
}

export function createCommands(options: CommandsOptions): Commands {
  const { store, bus, clock, timers, attended, perform } = options;
  const context = (sessionId: string): TransitionContext => ({ now: clock.timestamp(), attended: attended(sessionId), timers });

  const spread = (applied: Applied) => {
    const { state, envelopes, firstSeq, effects } = applied;
    if (!applied.outcome.ok || applied.outcome.repeated === true) return;
    // The runner first: what it is told is waited for, and a status frame takes reads.
    if (effects.length > 0) perform(state, effects, applied);
    bus.publish({ sessionId: state.id, lastSeq: state.last_seq, envelopes, firstSeq, status: applied.statusChanged });
  };

  return {
    async create(session, first, rules) {
      const result = await store.sessions.create(session, first, context(session.state.id), rules);
      if (!('created' in result)) return result;
      spread(result.created);
      return { created: result.created.state };
    },
    async apply(sessionId, command) {
      const applied = await store.sessions.apply(sessionId, command, context(sessionId));
      if (applied !== null) spread(applied);
      return applied;
    },
  };
}
