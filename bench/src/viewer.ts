import type { ServerFrame } from '@ai-sessions/protocol';
import { WebSocket } from 'ws';
import { epochNow, inTime } from './waiting.ts';

type Frame<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

/** One WebSocket on a session. Tells of each message when it arrived, before anything is read out of it. */
export class Viewer implements Disposable {
  readonly #socket: WebSocket;
  readonly #listeners = new Set<(data: Buffer, at: number) => void>();
  readonly #closed: Promise<string>;

  constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
    this.#closed = new Promise((resolve) => {
      this.#socket.on('error', (error) => resolve(error.message));
      this.#socket.once('close', (code) => resolve(`the socket closed with ${code}`));
    });
    this.#socket.on('message', (data) => {
      const at = epochNow();
      for (const listener of this.#listeners) listener(data as Buffer, at);
    });
  }

  /** Calls the listener with each message's bytes and arrival (epoch ms) until the returned function is called. */
  listen(listener: (data: Buffer, at: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send(type: string, payload: unknown): void {
    this.#socket.send(JSON.stringify({ type, payload }));
  }

  /** The arrival of the next frame of this type that fits. To be called before what causes it; rejects if the socket fails. */
  arrival<Type extends ServerFrame['type']>(
    type: Type,
    signal: AbortSignal,
    fits: (frame: Frame<Type>) => boolean = () => true,
  ): Promise<number> {
    const head = Buffer.from(`{"type":"${type}"`);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const leave = this.listen((data, at) => {
      if (data.subarray(0, head.length).equals(head) && fits(JSON.parse(data.toString()) as Frame<Type>)) resolve(at);
    });
    void this.#closed.then((why) => reject(new Error(why)));
    return inTime(promise, `no ${type} came`, signal).finally(leave);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
