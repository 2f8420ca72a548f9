/**
 * When a session's folders have to be measured again, so that it cannot pass its limit unseen and an honest machine is hardly ever measured.
 *
 * Measuring means walking through the folders. Asking the file system how much is free costs nothing, and whatever a session wrote since it
 * was measured, no more can have become used on the whole file system. So a session is measured once that sum reaches half of what
 * it has left: the nearer to its limit, the more closely, down to a sixty-fourth of the limit.
 */
export interface DiskBudget {
  readonly limit: number;
  /** What the folders held when last measured; undefined: never measured. */
  readonly used: number | undefined;
  /**
   * Past the limit: what they held when first seen to be past it. What the session grows by counts from there; infinite when it has been
   * stopped since it was measured, so that what it wrote until it was counts for nothing.
   */
  readonly mark: number | undefined;
  /** What had become used on the file system when it was measured, see `Usage.grown`. */
  readonly grownThen: number;
  readonly measuredAt: number;
  readonly measuringMs: number;
}

/** The file system as a whole: the sum of all that ever became used on it while it was watched. What is freed is not subtracted. */
export interface Usage {
  readonly grown: number;
  /** Milliseconds. */
  readonly now: number;
}

export interface Verdict {
  readonly budget: DiskBudget;
  /** The limit is passed. */
  readonly over: boolean;
  /**
   * Whether it grows past it, and has to be stopped. `perhaps`: it was past it when first measured, and so much was written meanwhile, by it
   * or by others: it may as well have come to it when nobody looked, and is to be given the chance to remove something.
   */
  readonly growing: 'yes' | 'perhaps' | 'no';
}

/** Of the time, at most a third goes into measuring. */
const REST = 2;
const FINEST = 64;
/** A session that begins is not held up by a walk through what it had. */
const FIRST_MS = 3_000;

export function newBudget(limit: number, { grown, now }: Usage): DiskBudget {
  return { limit, used: undefined, mark: undefined, grownThen: grown, measuredAt: now, measuringMs: 0 };
}

export function isDue(budget: DiskBudget, { grown, now }: Usage): boolean {
  const rest = budget.limit - (budget.used ?? 0);
  const enough = grown - budget.grownThen >= Math.max(rest / 2, budget.limit / FINEST);
  if (budget.used === undefined) return enough || now - budget.measuredAt >= FIRST_MS;
  return enough && now - budget.measuredAt >= REST * budget.measuringMs;
}

/** @param used what the folders held, as measured between `begun` and `now` */
export function measured(budget: DiskBudget, used: number, begun: Usage, now: number): Verdict {
  const next = { ...budget, used, grownThen: begun.grown, measuredAt: now, measuringMs: now - begun.now };
  if (used <= budget.limit) return { budget: { ...next, mark: undefined }, over: false, growing: 'no' };
  if (budget.used === undefined) {
    const written = begun.grown - budget.grownThen >= budget.limit / FINEST;
    return { budget: { ...next, mark: used }, over: true, growing: written ? 'perhaps' : 'no' };
  }
  const growing = budget.mark === undefined || used - budget.mark >= budget.limit / FINEST;
  return { budget: { ...next, mark: Math.min(used, budget.mark ?? used) }, over: true, growing: growing ? 'yes' : 'no' };
}

/** The budget of a session whose writers have been stopped just now. */
export function stopped(budget: DiskBudget, { grown, now }: Usage): DiskBudget {
  return { ...budget, mark: Number.POSITIVE_INFINITY, grownThen: grown, measuredAt: now };
}
