import { ApiError } from '@ai-sessions/protocol';
import type { WebSocket } from 'ws';

/** Where the connections that runners were asked for arrive. */
export class TerminalDials {
  readonly #expected = new Map<string, (socket: WebSocket) => void>();

  /** Whether somebody waits for this one. */
  expects(dialId: string): boolean {
    return this.#expected.has(dialId);
  }

  arrived(dialId: string, socket: WebSocket): void {
    const take = this.#expected.get(dialId);
    if (take === undefined) return socket.close();
    // Nobody listens yet: what it says at once must not be lost.
    socket.pause();
    take(socket);
  }

  /** The connection under this id, paused, once `ask` has had a runner dial. @throws ApiError `unavailable` when none comes in time. */
  async expect(dialId: string, timeoutMs: number, ask: () => Promise<void>): Promise<WebSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
    this.#expected.set(dialId, resolve);
    const late = new ApiError('unavailable', 'The machine that holds the session did not answer in time. Try again.', {
      retryAfterSeconds: 2,
    });
    const timer = setTimeout(() => reject(late), timeoutMs);
    try {
      await ask();
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#expected.delete(dialId);
    }
  }
}
