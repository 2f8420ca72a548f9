/** Debts that are paid off sooner than this are not worth a pause. */
const SHORTEST_MS = 20;

/** How fast something may come in for good, and how much of it at once. What is over is a debt that the taker waits for (a token bucket). */
export class Pace {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /** @param burst what may come at once; `perSecond` of it comes back each second. @param now in milliseconds */
  constructor(burst: number, perSecond: number, now: () => number = () => performance.now()) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#left = burst;
    this.#at = now();
  }

  /** Counts what came. Gives for how many milliseconds nothing more is to be taken. */
  take(amount: number): number {
    const now = this.#now();
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) / 1000) * this.#perSecond) - amount;
    this.#at = now;
    const pause = (-this.#left / this.#perSecond) * 1000;
    return pause < SHORTEST_MS ? 0 : pause;
  }
}
