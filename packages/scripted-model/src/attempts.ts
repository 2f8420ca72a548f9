/** Counts how often the same step was asked for, so that a retry can succeed where the first attempt failed. */
export class Attempts {
  readonly #counts = new Map<string, number>();
  readonly #limit: number;

  constructor(limit = 1000) {
    this.#limit = limit;
  }

  /** The number of this attempt, from 1; the oldest keys are forgotten beyond the limit. */
  next(key: string): number {
    const attempt = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.delete(key);
    this.#counts.set(key, attempt);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > this.#limit && oldest !== undefined) this.#counts.delete(oldest);
    return attempt;
  }
}
