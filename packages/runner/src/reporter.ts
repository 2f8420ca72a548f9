import type { Live, Report } from '@ai-sessions/protocol';

/** Where an incarnation of a session tells what happens in it. It outlives every interruption of the way to the server. */
export interface Reporter {
  /** Kept until the server has recorded it, delivered exactly once and in this order. */
  report(report: Report): void;
  /** Resolves when more may be told; undefined while it may. Only a full disk makes one wait, so that what nobody takes does not fill the memory. */
  readonly room: Promise<void> | undefined;
  /** For those who look now: dropped when nobody can be reached or the way is jammed. Never overtakes a report, nor the other way round. */
  live(live: Live): void;
}
