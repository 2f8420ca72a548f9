/** A session that began, and what its Claude Code had to be started with. */
export interface SessionStart {
  readonly key: string;
  /** Milliseconds. */
  readonly at: number;
}

/** A start that lies further back says nothing about the next one. */
export const DEMAND_MS = 30 * 60_000;
/** Sessions that begin within this time have to be served by spares that are there already. */
const BURST_MS = 10_000;

/**
 * How many spares of which kind are worth their memory: as many as sessions began at once at most, of the kinds they were of.
 * @param starts oldest first.
 * @param usual the kind to expect when nothing has begun lately.
 * @param most no more than so many in all.
 */
export function planSpares(starts: readonly SessionStart[], now: number, usual: string, most: number): ReadonlyMap<string, number> {
  const plan = new Map<string, number>();
  const recent = starts.filter(({ at }) => now - at <= DEMAND_MS);
  if (most > 0 && recent.length === 0) return plan.set(usual, 1);
  const size = Math.min(most, largestBurst(recent));
  const counts = new Map<string, number>();
  // Backwards, so that of two kinds asked for as often the later one is preferred.
  for (const { key } of recent.toReversed()) counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let spare = 0; spare < size; spare++) {
    const [next] = [...counts]
      .map(([key, count]) => ({ key, claim: count / ((plan.get(key) ?? 0) + 1) }))
      .sort((a, b) => b.claim - a.claim);
    if (next !== undefined) plan.set(next.key, (plan.get(next.key) ?? 0) + 1);
  }
  return plan;
}

function largestBurst(starts: readonly SessionStart[]): number {
  let largest = 0;
  let first = 0;
  for (const [index, { at }] of starts.entries()) {
    while (at - (starts[first]?.at ?? at) > BURST_MS) first++;
    largest = Math.max(largest, index - first + 1);
  }
  return largest;
}
