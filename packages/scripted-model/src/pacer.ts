import type { Clock } from './synthetic-delta.ts';

/**
 * Waits for deadlines that follow each other, for one answer. Time is counted from the start and not from the last
 * wake-up, so that a late timer delays single events but never the rate. Cheap to call a thousand times a second.
 */
export class Pacer implements Disposable {
  #due: number;
  #timer: NodeJS.Timeout | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => {
    clearTimeout(this.#timer);
    this.#reject?.(this.#signal.reason);
  };

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#due = clock();
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Moves the deadline on by `ms`; returns whether it lies in the future. */
  advance(ms: number): boolean {
    this.#due += ms;
    return this.#due > this.#clock();
  }

  /** Waits for the deadline; rejects with the signal's reason when it is aborted. */
  async wait(): Promise<void> {
    this.#signal.throwIfAborted();
    const ms = Math.ceil(this.#due - this.#clock());
    if (ms <= 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#reject = reject;
    this.#timer = setTimeout(resolve, ms);
    await promise;
  }

  /** Counts from now on, after a wait that was not for the clock. */
  restart(): void {
    this.#due = this.#clock();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
