import { ApiError } from '@ai-sessions/protocol';
import type { Clock } from '../../clock.ts';

const firstPauseMs = 1000;
const longestPauseMs = 10_000;

/** Keeps callers off a service that just failed: a pause after each failure, twice as long each time, at most 10 s. */
export interface Backoff {
  /** What `work` gives. @throws ApiError `unavailable` when it fails, and without trying during a pause. */
  attempt<T>(work: () => Promise<T>): Promise<T>;
}

/** `onFailure` is told each failure that was really met, so at most one a pause. */
export function createBackoff(clock: Clock, onFailure: (error: unknown) => void): Backoff {
  let failures = 0;
  let pauseEnds = 0;
  const unavailable = (cause?: unknown) => {
    const retryAfterSeconds = Math.max(1, Math.ceil((pauseEnds - clock.now()) / 1000));
    return new ApiError(
      'unavailable',
      `The sign-in service of this server does not answer as it should. Try again in ${retryAfterSeconds} s.`,
      {
        retryAfterSeconds,
        cause,
      },
    );
  };
  return {
    async attempt(work) {
      if (clock.now() < pauseEnds) throw unavailable();
      try {
        const result = await work();
        failures = 0;
        return result;
      } catch (error) {
        pauseEnds = clock.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
        failures += 1;
        onFailure(error);
        throw unavailable(error);
      }
    },
  };
}
