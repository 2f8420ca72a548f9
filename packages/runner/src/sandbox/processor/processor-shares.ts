import { RegularLook } from '../regular-look.ts';
import { debtAfter, shareOf } from './processor-debt.ts';

/** A sandbox whose part of the processor can be set. */
export interface WeighedProcessor {
  /** Processor time used so far; undefined: cannot be read now. */
  usedMs(): number | undefined;
  /** @param share of a full one, see `shareOf` */
  weigh(share: number): void;
}

const LOOK_MS = 500;

/**
 * Has sandboxes that keep the processor busy give way to those that use it now and then. Looks twice a second, which is one short read of a
 * kernel's own file a sandbox (some 10 µs).
 */
export class ProcessorShares {
  readonly #regular = new RegularLook<Watched>(LOOK_MS, (all) => this.#look(all));
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Until disposal. */
  watch(processor: WeighedProcessor): Disposable {
    return this.#regular.add({ processor, usedMs: processor.usedMs(), at: this.#now(), debtMs: 0, share: 1 });
  }

  #look(all: Iterable<Watched>): void {
    for (const watched of all) {
      const now = this.#now();
      const usedMs = watched.processor.usedMs();
      // A sandbox that is being removed.
      if (usedMs === undefined) continue;
      watched.debtMs = debtAfter(watched.debtMs, usedMs - (watched.usedMs ?? usedMs), now - watched.at);
      watched.usedMs = usedMs;
      watched.at = now;
      const share = shareOf(watched.debtMs);
      if (share === watched.share) continue;
      watched.share = share;
      watched.processor.weigh(share);
    }
  }
}

interface Watched {
  readonly processor: WeighedProcessor;
  usedMs: number | undefined;
  at: number;
  debtMs: number;
  share: number;
}
