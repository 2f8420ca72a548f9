import { PrivateModes } from './private-modes.ts';

const newline = 10;
/** Echoes come byte by byte: up to here they are kept in one piece. */
const mergedBytes = 8 * 1024;

/** The newest output of a shell, up to a number of bytes, for those who come later. Places in it are counted from the shell's beginning. */
export class Scrollback {
  readonly #maxBytes: number;
  readonly #modes = new PrivateModes();
  #chunks: Buffer[] = [];
  #start = 0;
  #end = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Where what is kept begins. */
  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** Escape sequences for the modes that hold at `start`. */
  get restore(): string {
    return this.#modes.restore;
  }

  push(chunk: Buffer): void {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.length + chunk.length <= mergedBytes) this.#chunks.splice(-1, 1, Buffer.concat([last, chunk]));
    else this.#chunks.push(chunk);
    this.#end += chunk.length;
    while (this.#end - this.#start > this.#maxBytes) this.#dropFirst();
  }

  /** Up to `most` bytes from a place on, none at the end. */
  read(from: number, most: number): Buffer {
    let at = this.#start;
    for (const chunk of this.#chunks) {
      if (from < at + chunk.length) return chunk.subarray(Math.max(0, from - at), Math.max(0, from - at) + most);
      at += chunk.length;
    }
    return Buffer.alloc(0);
  }

  /** Drops the first chunk, and what is left then of a line that it cut: a line's beginning may hold half an escape sequence. */
  #dropFirst(): void {
    const [first, second, ...rest] = this.#chunks;
    if (first === undefined) return;
    this.#drop(first);
    const end = second?.indexOf(newline) ?? -1;
    if (second === undefined || end < 0) {
      this.#chunks.shift();
      return;
    }
    this.#drop(second.subarray(0, end + 1));
    this.#chunks = [second.subarray(end + 1), ...rest];
  }

  #drop(bytes: Buffer): void {
    this.#modes.read(bytes);
    this.#start += bytes.length;
  }
}
