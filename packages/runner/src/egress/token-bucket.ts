/** Gives out what there is, and one more each so many milliseconds, never more than it holds. */
export class TokenBucket {
  readonly #size: number;
  readonly #everyMs: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  constructor(size: number, everyMs: number, now: () => number) {
    this.#size = size;
    this.#everyMs = everyMs;
    this.#now = now;
    this.#tokens = size;
    this.#at = now();
  }

  take(): boolean {
    const now = this.#now();
    // A clock that was set back gives nothing.
    this.#tokens = Math.min(this.#size, this.#tokens + Math.max(0, now - this.#at) / this.#everyMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
