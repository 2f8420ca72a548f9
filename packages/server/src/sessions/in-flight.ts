import { BlocksInFlight, type Live, type Report } from '@ai-sessions/protocol';

/**
 * The blocks in flight of all sessions, for viewers who come in the middle of one. Lost with the process; the runner
 * tells them again when it has dialled the next one.
 */
export class InFlight {
  readonly #sessions = new Map<string, BlocksInFlight>();

  add(sessionId: string, live: Live): void {
    const blocks = this.#sessions.get(sessionId) ?? new BlocksInFlight();
    this.#sessions.set(sessionId, blocks);
    blocks.add(live);
  }

  settle(sessionId: string, report: Report): void {
    const blocks = this.#sessions.get(sessionId);
    blocks?.settle(report);
    if (blocks?.empty === true) this.#sessions.delete(sessionId);
  }

  snapshot(sessionId: string): Live[] {
    return this.#sessions.get(sessionId)?.snapshot() ?? [];
  }
}
