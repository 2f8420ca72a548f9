import type { ClientFrame } from '@ai-sessions/protocol';
import type { WebSocketConstructor, WebSocketLike } from './client.ts';
import type { Timing } from './timing.ts';

/** How one connection ended. `opened`: the handshake had succeeded. `code` is the peer's close code, 1006 when there was none. */
export type SocketEnd =
  | { readonly why: 'closed'; readonly code: number; readonly opened: boolean }
  | { readonly why: 'silent' }
  | { readonly why: 'not_opened' }
  | { readonly why: 'dropped' };

export interface SessionSocketOptions {
  readonly WebSocket: WebSocketConstructor;
  readonly url: string;
  readonly token: string;
  readonly timing: Timing;
  readonly onOpen: () => void;
  readonly onMessage: (data: unknown) => void;
}

const openState = 1;

/** One WebSocket connection to a session: heartbeats, notices a dead peer, and ends exactly once. */
export class SessionSocket {
  /** Settles when the connection is over, and never fails. */
  readonly ended: Promise<SocketEnd>;
  readonly #options: SessionSocketOptions;
  readonly #socket: WebSocketLike;
  readonly #settle: (end: SocketEnd) => void;
  #isOver = false;
  #opened = false;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  /** Begins to connect. The token goes as a subprotocol, so that it is in no URL. */
  constructor(options: SessionSocketOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<SocketEnd>();
    this.ended = promise;
    this.#settle = resolve;
    this.#socket = new options.WebSocket(options.url, ['access_token', options.token]);
    this.#deadline = setTimeout(() => this.#end({ why: 'not_opened' }), options.timing.connectMs);
    this.#socket.addEventListener('open', () => this.#open());
    this.#socket.addEventListener('message', (event) => this.#message(event.data));
    this.#socket.addEventListener('close', (event) => this.#end({ why: 'closed', code: event.code, opened: this.#opened }));
    // A failed connection also fires `close`; the listener keeps Node's own WebSocket from reporting it as uncaught.
    this.#socket.addEventListener('error', () => undefined);
  }

  /** False when the connection is not open: nothing was sent. */
  send(frame: ClientFrame): boolean {
    if (this.#isOver || this.#socket.readyState !== openState) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Asks the peer for a sign of life within `withinMs`. */
  probe(withinMs: number): void {
    if (!this.send({ type: 'heartbeat' })) return;
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#end({ why: 'silent' }), withinMs);
  }

  /** Ends the connection from this side. What still arrives on it is not heard. */
  drop(): void {
    this.#end({ why: 'dropped' });
  }

  #open(): void {
    if (this.#isOver) return;
    this.#opened = true;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#heartbeat = setInterval(() => {
      if (this.#deadline === undefined) this.probe(this.#options.timing.silenceMs);
    }, this.#options.timing.heartbeatMs);
    this.#options.onOpen();
  }

  #message(data: unknown): void {
    if (this.#isOver) return;
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#options.onMessage(data);
  }

  #end(end: SocketEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#deadline);
    // Over a dead network the closing handshake takes minutes: it goes on by itself, unheard.
    this.#socket.close();
    this.#settle(end);
  }
}
