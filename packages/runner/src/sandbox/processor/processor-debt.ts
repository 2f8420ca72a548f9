/**
 * How much of the processor a session gets where several want it, by what it has used lately. All begin alike. Whoever keeps processors busy
 * runs into debt, and gets less the deeper it is in; whoever rests is forgiven. So a session that answers somebody now and then gets the
 * processor at once, while those that compute for minutes share what is left, and nobody is kept from anything while processors are idle.
 *
 * A debt is processor time in milliseconds. What counts as rest is so little that whoever computes uses more even where many share few cores.
 */

/** Without consequence: the start of Claude Code (a second), and a good many turns. */
const FREE_MS = 5_000;
/** The share is halved for each so much beyond that, down to a thirty-second. */
const HALVING_MS = 2_000;
const MOST_HALVINGS = 5;
const MOST_MS = FREE_MS + HALVING_MS * (MOST_HALVINGS + 1);
/** Of one core: Claude Code uses up to 0.02 when it waits. Whoever uses less than this rests; whoever uses more owes the rest of it. */
const RESTING = 0.03;
/** Whoever rests for so long is forgiven half. */
const FORGIVING_MS = 10_000;

/** The debt after `elapsedMs` in which `usedMs` of processor time were used. */
export function debtAfter(debtMs: number, usedMs: number, elapsedMs: number): number {
  const owed = usedMs - elapsedMs * RESTING;
  const kept = owed < 0 ? debtMs * 0.5 ** (elapsedMs / FORGIVING_MS) : debtMs;
  return Math.min(MOST_MS, Math.max(0, kept + owed));
}

/** What part of a full share goes with a debt: 1, ½, ¼ … */
export function shareOf(debtMs: number): number {
  const halvings = Math.ceil((debtMs - FREE_MS) / HALVING_MS);
  return 0.5 ** Math.min(MOST_HALVINGS, Math.max(0, halvings));
}
