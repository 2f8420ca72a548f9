/**
 * Lets so many starts of Claude Code run at a time, the others in the order in which they came: a start takes a core for half a second, and
 * ten that share two cores would all be as late as the last.
 */
export class StartQueue {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = Math.max(1, atOnce);
  }

  /** True while any start runs or waits. */
  get busy(): boolean {
    return this.#running > 0;
  }

  /** Calls the listener whenever the last start has ended. */
  onIdle(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves when it is this start's turn; the turn lasts until disposal, which may be repeated. */
  async enter(): Promise<Disposable> {
    if (this.#running < this.#atOnce) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        this.#leave();
      },
    };
  }

  #leave(): void {
    const next = this.#waiting.shift();
    // The turn is handed on.
    if (next !== undefined) return next();
    this.#running -= 1;
    if (this.#running === 0) for (const listener of this.#listeners) listener();
  }
}
