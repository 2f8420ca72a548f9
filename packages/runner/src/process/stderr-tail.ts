import type { Readable } from 'node:stream';
import { redactKeys } from './redact-keys.ts';

const DEFAULT_TAIL_BYTES = 8 * 1024;

/** Reads a stream to its end and keeps the last bytes of it, so that a chatty process neither blocks nor fills memory. */
export class StderrTail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #cut = false;

  constructor(stream: Readable, limit: number = DEFAULT_TAIL_BYTES) {
    this.#limit = limit;
    stream.on('data', (chunk: Buffer | string) => this.#keep(Buffer.from(chunk)));
  }

  /** The tail so far, keys removed. */
  get text(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8');
    // The word at the cut may be the rest of a key that no pattern recognises any more.
    return redactKeys(this.#cut ? text.replace(/^\S*\s?/, '…') : text);
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#limit) return;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all.subarray(all.length - this.#limit)];
    this.#bytes = this.#limit;
    this.#cut = true;
  }
}
