import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';

const longestPauseMs = 60_000;
const shortestPauseMs = 1000;
/** Of one step: some milliseconds of the writer's time. */
const rowsPerStep = 1000;
/** Between two steps, so that those who wait for the writer come first. */
const pauseMs = 10;

export interface RetentionOptions {
  readonly store: Pick<Store, 'sessions'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds after its end; 0: records are kept. */
  readonly retention: number;
  /** Removes what there is of the session outside of the store. Must not throw. */
  readonly purge: (sessionId: string) => Promise<void> | void;
}

/** Deletes the records of sessions that ended long enough ago, with their files, now and every minute, or as often as the time they are kept asks for. */
export function startRetention({ store, clock, log, retention, purge }: RetentionOptions): AsyncDisposable {
  const ending = new AbortController();
  let running: Promise<void> | null = null;
  const expire = async (): Promise<void> => {
    const endedBefore = new Date(clock.now() - retention).toISOString();
    for (;;) {
      const { removed, more } = await store.sessions.expire(endedBefore, rowsPerStep);
      if (removed !== null) {
        log.info({ session: removed }, 'the record of a session has been kept long enough: it is deleted');
        await purge(removed);
      }
      if (!more || ending.signal.aborted) return;
      await sleep(pauseMs, undefined, { signal: ending.signal }).catch(() => {});
    }
  };
  const look = () => {
    running ??= expire()
      .catch((error: unknown) => log.error({ err: error }, 'old records could not be deleted'))
      .finally(() => (running = null));
  };
  const timer = retention > 0 ? setInterval(look, Math.max(shortestPauseMs, Math.min(longestPauseMs, retention))) : undefined;
  if (retention > 0) look();
  return {
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      clearInterval(timer);
      await running;
    },
  };
}
