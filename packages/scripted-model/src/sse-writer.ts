import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** An event as it goes over the wire; its type is also its name. */
export function sseFrame(event: { type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Gathers frames and writes them in one piece, no faster than the client reads. */
export class SseWriter {
  #frames = '';
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;

  constructor(response: ServerResponse, signal: AbortSignal) {
    this.#response = response;
    this.#signal = signal;
  }

  get pending(): number {
    return this.#frames.length;
  }

  add(frame: string): void {
    this.#frames += frame;
  }

  /** Writes what was added; waits while the client reads too slowly, and rejects when it is gone. */
  async flush(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#frames === '') return;
    const frames = this.#frames;
    this.#frames = '';
    if (!this.#response.write(frames)) await once(this.#response, 'drain', { signal: this.#signal });
  }
}
