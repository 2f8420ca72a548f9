import type { SessionItem } from './session-item.ts';

/**
 * What waits between the socket and the one reader. Bounded by weight: past half of the limit deltas are dropped (the
 * durable message follows), past the limit `isFull` tells the stream to stop reading; `onRoom` is called once half is free again.
 */
export class ItemQueue {
  readonly #limit: number;
  readonly #onRoom: () => void;
  #items: { item: SessionItem; weight: number }[] = [];
  #head = 0;
  #weight = 0;
  #overran = false;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(limit: number, onRoom: () => void) {
    this.#limit = limit;
    this.#onRoom = onRoom;
  }

  get isFull(): boolean {
    return this.#overran;
  }

  push(item: SessionItem, weight: number): void {
    if (this.#ended) return;
    const isDelta = item.type === 'live' && item.frame.type === 'assistant_delta';
    if (isDelta && this.#weight > this.#limit / 2) return;
    this.#items.push({ item, weight });
    this.#weight += weight;
    if (this.#weight > this.#limit) this.#overran = true;
    this.#wake?.();
  }

  /** No more items come; the reader gets what is left, then the end. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async next(): Promise<SessionItem | undefined> {
    while (this.#head === this.#items.length) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
    return this.#take();
  }

  #take(): SessionItem | undefined {
    const taken = this.#items[this.#head];
    if (taken === undefined) return undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    this.#weight -= taken.weight;
    if (this.#overran && this.#weight <= this.#limit / 2) {
      this.#overran = false;
      this.#onRoom();
    }
    return taken.item;
  }
}
