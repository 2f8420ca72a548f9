/**
 * How much of the processor a session gets where several want it, by what it has used lately. All begin alike. Whoever keeps processors busy
 * runs into debt, and gets less the deeper it is in; whoever rests is forgiven. So a session that answers somebody now and then gets the
 * processor at once, while those that compute for minutes share what is left, and nobody is kept from anything while processors are idle.
 *
 * What counts is not time but the part of an equal share: processors are shared by those that are busy, and one that uses all it could is
 * found out as soon among twenty on two cores as alone. A debt is in milliseconds of an equal share used whole.
 */

/** Without consequence: a start of Claude Code, and turns. */
const FREE_MS = 3_000;
/** The share is halved for each so much beyond that, down to a thirty-second. */
const HALVING_MS = 1_000;
const MOST_HALVINGS = 5;
const MOST_MS = FREE_MS + HALVING_MS * (MOST_HALVINGS + 1);
/** Of an equal share: who uses no more makes no debt. */
const ALLOWANCE = 0.3;
/** Of an equal share: who uses less rests, and is forgiven half its debt in so long. */
const RESTING = 0.1;
const FORGIVING_MS = 10_000;
/** Of one core: Claude Code uses up to 0.02 when it waits. Who uses less does not count among those that are busy. */
const IDLE = 0.03;

/** What sessions used of so many cores in a time: the part of an equal share that each used. May be above 1, where others left something. */
export function partsOfEqualShares(usedMs: readonly number[], elapsedMs: number, cores: number): number[] {
  const busy = usedMs.filter((used) => used >= elapsedMs * IDLE).length;
  return usedMs.map((used) => (used / (elapsedMs * cores)) * Math.max(1, busy));
}

/** The debt after `elapsedMs` in which so much of an equal share was used. */
export function debtAfter(debtMs: number, part: number, elapsedMs: number): number {
  const kept = part < RESTING ? debtMs * 0.5 ** (elapsedMs / FORGIVING_MS) : debtMs;
  return Math.min(MOST_MS, Math.max(0, kept + (part - ALLOWANCE) * elapsedMs));
}

/** What part of a full share goes with a debt: 1, ½, ¼ … */
export function shareOf(debtMs: number): number {
  const halvings = Math.ceil((debtMs - FREE_MS) / HALVING_MS);
  return 0.5 ** Math.min(MOST_HALVINGS, Math.max(0, halvings));
}
