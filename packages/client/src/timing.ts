/** Waits of a session stream, in milliseconds. */
export interface Timing {
  /** Between two heartbeats. */
  readonly heartbeatMs: number;
  /** Longest wait for anything at all after a heartbeat; then the peer is taken for dead. */
  readonly silenceMs: number;
  /** The same after a `poke`, when somebody is looking. */
  readonly pokeMs: number;
  /** Longest wait for a connection to open. */
  readonly connectMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** A connection that was live this long counts as good: the next failure starts the backoff anew. */
  readonly steadyMs: number;
}

export const defaultTiming: Timing = {
  heartbeatMs: 30_000,
  silenceMs: 25_000,
  pokeMs: 5_000,
  connectMs: 15_000,
  backoffMs: 500,
  backoffMaxMs: 15_000,
  steadyMs: 5_000,
};

/**
 * How long to wait before the `attempt`th (from 1) connection in a row that did not get live: doubles, up to a bound, less
 * up to half of it at random, so that a thousand clients do not come back at once. `random` gives 0 ≤ x < 1.
 */
export function backoff(attempt: number, timing: Timing, random: () => number): number {
  const full = Math.min(timing.backoffMaxMs, timing.backoffMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(full * (1 - random() / 2));
}
