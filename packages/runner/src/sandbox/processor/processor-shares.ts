import { availableParallelism } from 'node:os';
import { RegularLook } from '../regular-look.ts';
import { debtAfter, partsOfEqualShares, shareOf } from './processor-debt.ts';

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
  readonly #regular = new RegularLook<Watched>(LOOK_MS, (all) => this.#look([...all]));
  readonly #now: () => number;
  readonly #cores: number;
  #lookedAt: number;

  constructor(now: () => number = () => performance.now(), cores: number = availableParallelism()) {
    this.#now = now;
    this.#cores = cores;
    this.#lookedAt = now();
  }

  /** Until disposal. */
  watch(processor: WeighedProcessor): Disposable {
    return this.#regular.add({ processor, usedMs: processor.usedMs(), debtMs: 0, share: 1 });
  }

  #look(all: readonly Watched[]): void {
    const now = this.#now();
    // Also when it has looked at nothing for long: what was used before the first look does not count for more than a look's time.
    const elapsedMs = Math.max(LOOK_MS, now - this.#lookedAt);
    this.#lookedAt = now;
    const parts = partsOfEqualShares(all.map(usedSince), elapsedMs, this.#cores);
    for (const [index, watched] of all.entries()) {
      watched.debtMs = debtAfter(watched.debtMs, parts[index] ?? 0, elapsedMs);
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
  debtMs: number;
  share: number;
}

function usedSince(watched: Watched): number {
  const usedMs = watched.processor.usedMs();
  // A sandbox that is being removed.
  if (usedMs === undefined) return 0;
  const used = usedMs - (watched.usedMs ?? usedMs);
  watched.usedMs = usedMs;
  return used;
}
