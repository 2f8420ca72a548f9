import type { Readable } from 'node:stream';
import { Pace } from './pace.ts';
import { redactKeys } from './redact-keys.ts';

const DEFAULT_TAIL_BYTES = 8 * 1024;
const BURST_BYTES = 8 * 1024 * 1024;
const BYTES_PER_SECOND = 1024 * 1024;
/** What a write counts at least: a small one costs as much to read. */
const LEAST_BYTES = 4096;

/**
 * Reads a stream to its end and keeps the last bytes of it, so that a chatty process neither blocks nor fills memory. One that writes
 * without end is read more slowly and waits: reading as fast as it writes would cost everybody else the processor.
 */
export class StderrTail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #cut = false;
  readonly #pace = new Pace(BURST_BYTES, BYTES_PER_SECOND);
  readonly #stream: Readable;
  #pause: NodeJS.Timeout | undefined;
  #hurried = false;

  constructor(stream: Readable, limit: number = DEFAULT_TAIL_BYTES) {
    this.#limit = limit;
    this.#stream = stream;
    stream.on('data', (chunk: Buffer | string) => this.#keep(Buffer.from(chunk)));
    stream.once('close', () => clearTimeout(this.#pause));
  }

  /** The writer has ended: what is left is read at once. */
  hurry(): void {
    this.#hurried = true;
    clearTimeout(this.#pause);
    this.#stream.resume();
  }

  /** The tail so far, keys removed. */
  get text(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8');
    // The word at the cut may be the rest of a key that no pattern recognises any more.
    return redactKeys(this.#cut ? text.replace(/^\S*\s?/, '…') : text);
  }

  #keep(chunk: Buffer): void {
    this.#slowDown(chunk.length);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#limit) return;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all.subarray(all.length - this.#limit)];
    this.#bytes = this.#limit;
    this.#cut = true;
  }

  #slowDown(bytes: number): void {
    const pauseMs = this.#pace.take(Math.max(bytes, LEAST_BYTES));
    if (pauseMs === 0 || this.#hurried) return;
    this.#stream.pause();
    this.#pause = setTimeout(() => this.#stream.resume(), pauseMs);
    this.#pause.unref();
  }
}
