import type { LimitListener, LimitName, LimitReached } from './limit-reached.ts';

/** A program in a loop may run into its limit thousands of times a second; people are told once in so long. */
export const QUIET_MS = 60_000;

type Hit = Omit<LimitReached, 'times'> & { readonly times?: number };

interface Pending {
  toldAt: number;
  /** What was told last said that programs were ended. */
  toldEnd: boolean;
  times: number;
  ended: boolean;
}

/**
 * Hands on to whoever listens that a limit was reached: at once, then for each limit at most once in `QUIET_MS`, with the number of times;
 * but that programs were ended, also right after it was told that they were not.
 * What happens before anybody listens is kept, once for each limit.
 */
export class LimitTeller {
  readonly #now: () => number;
  readonly #pending = new Map<LimitName, Pending>();
  readonly #early = new Map<LimitName, LimitReached>();
  #listener: LimitListener | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  listen(listener: LimitListener): void {
    this.#listener = listener;
    const early = [...this.#early.values()];
    this.#early.clear();
    for (const hit of early) listener(hit);
  }

  hit({ limit, allowed, ended, times = 1 }: Hit): void {
    const now = this.#now();
    const known = this.#pending.get(limit);
    const pending = known ?? { toldAt: Number.NEGATIVE_INFINITY, toldEnd: false, times: 0, ended: false };
    pending.times += times;
    pending.ended ||= ended;
    this.#pending.set(limit, pending);
    const news = pending.ended && !pending.toldEnd;
    if (now - pending.toldAt < QUIET_MS && !news) return;
    const told: LimitReached = { limit, allowed, times: pending.times, ended: pending.ended };
    this.#pending.set(limit, { toldAt: now, toldEnd: told.ended, times: 0, ended: false });
    if (this.#listener === undefined) this.#early.set(limit, told);
    else this.#listener(told);
  }
}
