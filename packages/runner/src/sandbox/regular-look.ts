/** Looks at what is watched every so often, for as long as there is something. */
export class RegularLook<Watched> {
  readonly #watched = new Set<Watched>();
  readonly #everyMs: number;
  readonly #look: (watched: Iterable<Watched>) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param look must not throw */
  constructor(everyMs: number, look: (watched: Iterable<Watched>) => void) {
    this.#everyMs = everyMs;
    this.#look = look;
  }

  /** Until disposal. */
  add(watched: Watched): Disposable {
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#look(this.#watched), this.#everyMs).unref();
    return {
      [Symbol.dispose]: () => {
        this.#watched.delete(watched);
        if (this.#watched.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }
}
