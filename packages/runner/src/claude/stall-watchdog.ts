export interface StallLimits {
  /** While the model is to answer. */
  readonly modelMs: number;
  /** While a tool runs. */
  readonly toolMs: number;
}

export type Watching = 'model' | 'tool' | 'nothing';

/** Tells when a turn has shown no sign of life for too long: an API stream may stall without any error. */
export class StallWatchdog implements Disposable {
  readonly #limits: StallLimits;
  readonly #onStall: (seconds: number) => void;
  #heard = 0;
  #watching: Watching = 'nothing';
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: StallLimits, onStall: (seconds: number) => void) {
    this.#limits = limits;
    this.#onStall = onStall;
  }

  /** A sign of life, and what is being waited for from now on. Cheap: it is called for each message. */
  heard(watching: Watching): void {
    this.#heard = performance.now();
    if (watching === this.#watching) return;
    this.#watching = watching;
    this.#arm();
  }

  [Symbol.dispose](): void {
    this.#watching = 'nothing';
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#watching === 'nothing') return;
    const limit = this.#watching === 'tool' ? this.#limits.toolMs : this.#limits.modelMs;
    const left = limit - (performance.now() - this.#heard);
    if (left > 0) {
      // The timer is not moved at each message, but looks again when it fires.
      this.#timer = setTimeout(() => this.#arm(), left + 1);
      return;
    }
    this.#watching = 'nothing';
    this.#onStall(Math.round(limit / 1000));
  }
}
