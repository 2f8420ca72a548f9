/** An async iterable that is fed from outside and ends when told. */
export class InputQueue<Item> implements AsyncIterable<Item> {
  readonly #items: Item[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  #waiting: (() => void)[] = [];

  push(item: Item): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Resolves once the reader has taken all there is and has come back for more. */
  taken(): Promise<void> {
    if (this.#ended || (this.#items.length === 0 && this.#wake !== undefined)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    try {
      for (;;) {
        const item = this.#items.shift();
        if (item !== undefined) yield item;
        else if (this.#ended) return;
        else await this.#more();
      }
    } finally {
      this.#ended = true;
      this.#tellTaken();
    }
  }

  async #more(): Promise<void> {
    const more = new Promise<void>((resolve) => (this.#wake = resolve));
    this.#tellTaken();
    await more;
    this.#wake = undefined;
  }

  #tellTaken(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
