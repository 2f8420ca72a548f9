import { setTimeout as sleep } from 'node:timers/promises';
import { Pace } from '../process/pace.ts';

/** The longest message at once, and then as fast as a server that has much to say. */
const BURST_BYTES = 32 * 1024 * 1024;
const BYTES_PER_SECOND = 8 * 1024 * 1024;
/** What a piece counts at least: a small one costs as much to read. */
const LEAST_BYTES = 4096;
const BURST_MESSAGES = 500;
const MESSAGES_PER_SECOND = 250;

/**
 * How fast a server is read. One that talks without end is read more slowly and waits, as its connection does: each message costs the runner
 * some time of its one thread, which serves all sessions.
 */
export class ReadingPace {
  readonly #bytes = new Pace(BURST_BYTES, BYTES_PER_SECOND);
  readonly #messages = new Pace(BURST_MESSAGES, MESSAGES_PER_SECOND);

  /** Counts what was read, and resolves when more may be. The signal ends the wait; it never rejects. */
  async read(bytes: number, messages: number, signal?: AbortSignal): Promise<void> {
    const pauseMs = Math.max(this.#bytes.take(Math.max(bytes, LEAST_BYTES)), this.#messages.take(messages));
    if (pauseMs > 0) await sleep(pauseMs, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }).catch(() => {});
  }
}
