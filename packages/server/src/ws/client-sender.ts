import type { Duplex } from 'node:stream';
import { closeCodes, fixedLimits } from '@ai-sessions/protocol';
import type { WebSocket } from 'ws';
import type { LogPage } from '../store/store.ts';
import { textFrames } from './text-frames.ts';

/** So much may be unsent before the next page of history is. */
const roomBytes = 1024 * 1024;
const drainPatienceMs = 60_000;
const closePatienceMs = 5000;

/**
 * What is sent to one viewer. A peer that has fallen 4 MiB behind is closed with 4008 instead. Writes whole frames to the connection itself, so that
 * frames which many viewers get are made once; `ws` writes its own (pings, the close) between them.
 */
export class ClientSender {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #signal: AbortSignal;
  #slow = false;
  /** The largest write that may still be on its way: one event may be larger than all that a peer may lag behind. */
  #largest = 0;
  #wake: (() => void) | undefined;

  /**
   * @param socket what `ws` runs on.
   * @param signal aborted when the peer is gone.
   */
  constructor(ws: WebSocket, socket: Duplex, signal: AbortSignal) {
    this.#ws = ws;
    this.#socket = socket;
    this.#signal = signal;
  }

  text(text: string): void {
    this.frames(textFrames([text]));
  }

  /** @param frames see `textFrames`. */
  frames(frames: Uint8Array): void {
    if (this.#mayWrite(frames.length)) this.#socket.write(frames);
  }

  /** Sends a page of history; resolves when there is room for another, or the peer is gone. */
  async history({ json }: LogPage, more: boolean, sessionId: string, timestamp: string): Promise<void> {
    const text = `{"type":"history","payload":{"messages":[${json}],"more":${more}},"timestamp":"${timestamp}","session_id":"${sessionId}"}`;
    // As a text: buffers of this size, one after another, would be collected as garbage for longer than they take to send.
    if (this.#mayWrite(text.length)) this.#ws.send(text, () => this.#wake?.());
    const begun = performance.now();
    while (this.#socket.writableLength > roomBytes && !this.#signal.aborted && !this.#slow) {
      await this.#written();
      if (performance.now() - begun > drainPatienceMs) this.#tooSlow();
    }
  }

  /** Resolves when a page has been handed to the system, or the peer is gone, but after a while at the latest. */
  async #written(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#wake = wake;
    const timer = setTimeout(wake, 1000);
    this.#signal.addEventListener('abort', wake, { once: true });
    await promise;
    clearTimeout(timer);
    this.#signal.removeEventListener('abort', wake);
  }

  /** False: the peer is gone, or too far behind. */
  #mayWrite(length: number): boolean {
    if (this.#slow || this.#ws.readyState !== this.#ws.OPEN) return false;
    const unsent = this.#socket.writableLength;
    if (unsent === 0) this.#largest = 0;
    if (unsent > fixedLimits.unsentBytes + this.#largest) {
      this.#tooSlow();
      return false;
    }
    if (length > roomBytes) this.#largest = Math.max(this.#largest, length * 3);
    return true;
  }

  #tooSlow(): void {
    this.#slow = true;
    this.#ws.close(closeCodes.slowConsumer, 'slow consumer: reconnect with after_seq');
    // The close frame queues behind what the peer does not read.
    setTimeout(() => this.#ws.terminate(), closePatienceMs).unref();
  }
}
