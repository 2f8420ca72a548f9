import { BlocksInFlight, type Live, type Report } from '@ai-sessions/protocol';

/** One ownership of a session by one runner. */
interface Owned {
  readonly sessionId: string;
  readonly epoch: number;
}

interface Known {
  readonly epoch: number;
  /** Number of the last report of this epoch that was told. */
  reported: number;
  readonly blocks: BlocksInFlight;
}

/**
 * The blocks in flight of all sessions, for viewers who come in the middle of one. Lost with the process; the runner
 * tells them again when it has dialled the next one. What a runner repeats after a lost link, and what is still heard of
 * an earlier epoch, changes nothing.
 */
export class InFlight {
  readonly #sessions = new Map<string, Known>();

  /** False when the delta is of an earlier epoch. */
  add(owned: Owned, live: Live): boolean {
    const known = this.#of(owned);
    known?.blocks.add(live);
    return known !== undefined;
  }

  /** Takes reports, numbered from `first`: what a durable event replaces is no longer in flight. */
  settle(owned: Owned, first: number, reports: readonly Report[]): void {
    const known = this.#of(owned);
    if (known === undefined) return;
    const fresh = reports.slice(Math.max(0, known.reported + 1 - first));
    known.reported = Math.max(known.reported, first + reports.length - 1);
    for (const report of fresh) {
      known.blocks.settle(report);
      if (report.kind === 'exited' || report.kind === 'hibernated') this.#sessions.delete(owned.sessionId);
    }
  }

  snapshot(sessionId: string): Live[] {
    return this.#sessions.get(sessionId)?.blocks.snapshot() ?? [];
  }

  #of({ sessionId, epoch }: Owned): Known | undefined {
    const known = this.#sessions.get(sessionId);
    if (known?.epoch === epoch) return known;
    if (known !== undefined && known.epoch > epoch) return undefined;
    const fresh = { epoch, reported: 0, blocks: new BlocksInFlight() };
    this.#sessions.set(sessionId, fresh);
    return fresh;
  }
}
