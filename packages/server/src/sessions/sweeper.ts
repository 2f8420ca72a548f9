import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import type { Commands } from './commands.ts';

const sweepMs = 250;
const sweepBatch = 500;
/** After a failure: what ails the database will not be over in a moment. */
const pauseMs = 5000;

/** Gives a `tick` to every session whose deadline has come: start, idle, approval and time limits. */
export function startSweeper(options: { store: Store; clock: Clock; commands: Commands; log: Logger }): AsyncDisposable {
  const { store, clock, commands, log } = options;
  let running: Promise<void> | null = null;
  let pausedUntil = 0;
  const sweep = async () => {
    const due = await store.sessions.due(clock.timestamp(), sweepBatch);
    await Promise.all(due.map((sessionId) => commands.apply(sessionId, { kind: 'tick' })));
  };
  const timer = setInterval(() => {
    if (clock.now() < pausedUntil) return;
    running ??= sweep()
      .catch((error: unknown) => {
        pausedUntil = clock.now() + pauseMs;
        log.error({ err: error }, 'a sweep failed');
      })
      .finally(() => (running = null));
  }, sweepMs);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
