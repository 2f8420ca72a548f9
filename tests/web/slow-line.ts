import type { Page, WebSocketRoute } from 'playwright-core';

/** The line between a page and its session's socket: it can be cut, and it can let only the first events of a replay through. */
export class SlowLine {
  readonly #firstEvents: number;
  readonly #open = new Set<WebSocketRoute>();
  #isCut = false;
  #rest = Promise.withResolvers<void>();

  private constructor(firstEvents: number) {
    this.#firstEvents = firstEvents;
  }

  /** Before the page is opened. Of each replay the first events come, the rest only after `hurry`. */
  static async before(page: Page, firstEvents: number): Promise<SlowLine> {
    const line = new SlowLine(firstEvents);
    await page.routeWebSocket(/\/v1\/sessions\/[^/]+\/ws/, (socket) => line.#connect(socket));
    return line;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#open) void socket.close();
    this.#open.clear();
  }

  mend(): void {
    this.#isCut = false;
    this.#rest = Promise.withResolvers();
  }

  hurry(): void {
    this.#rest.resolve();
  }

  #connect(socket: WebSocketRoute): void {
    if (this.#isCut) return void socket.close();
    this.#open.add(socket);
    const server = socket.connectToServer();
    let sent = Promise.resolve();
    server.onMessage((message) => {
      sent = sent.then(() => this.#deliver(socket, message));
    });
  }

  async #deliver(socket: WebSocketRoute, message: string | Buffer): Promise<void> {
    const frame = JSON.parse(String(message)) as { type: string; payload: { messages: unknown[]; more: boolean } };
    if (frame.type !== 'history') return socket.send(message);
    const part = (messages: unknown[], more: boolean) => JSON.stringify({ ...frame, payload: { messages, more } });
    socket.send(part(frame.payload.messages.slice(0, this.#firstEvents), true));
    await this.#rest.promise;
    socket.send(part(frame.payload.messages.slice(this.#firstEvents), frame.payload.more));
  }
}
