import type { FileHandle } from 'node:fs/promises';

/** Pieces that wait for the disk are held up to here, then the sender is. */
const mostWaiting = 512 * 1024;
/** What a piece counts at least: a sender may cut its bytes into pieces of one, and each is an object of its own. */
const leastPiece = 4096;

/**
 * Writes pieces one behind the other; those that come while the disk is busy are written together. A piece that is pushed is the
 * writer's: when it is written its memory is given back, where the piece is all of its ArrayBuffer. Left to the garbage collector,
 * which does not see what lies outside of its heap, tens of megabytes of such memory wait for it at any time.
 */
export class FileWriter {
  readonly #file: FileHandle;
  #position: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #waitingCost = 0;
  #writing: Promise<void> | null = null;
  #fault: { readonly error: unknown } | null = null;

  constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.#position = position;
  }

  /** Resolves when there is room for the next piece. Throws what the file system throws, of this piece or an earlier one. */
  async push(piece: Buffer): Promise<void> {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#waitingCost += Math.max(piece.length, leastPiece);
    this.#next();
    while (this.#waitingCost > mostWaiting && this.#writing !== null) await this.#writing;
    this.#check();
  }

  /** Resolves when all that was pushed is written. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    this.#check();
  }

  #next(): void {
    if (this.#writing !== null || this.#fault !== null || this.#waiting.length === 0) return;
    const pieces = this.#waiting;
    const position = this.#position;
    this.#position += this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#waitingCost = 0;
    this.#writing = writeAll(this.#file, pieces, position)
      .then(() => pieces.forEach(giveBack))
      .catch((error: unknown) => void (this.#fault ??= { error }))
      .then(() => {
        this.#writing = null;
        this.#next();
      });
  }

  #check(): void {
    if (this.#fault !== null) throw this.#fault.error;
  }
}

async function writeAll(file: FileHandle, pieces: readonly Buffer[], start: number): Promise<void> {
  let position = start;
  let left = [...pieces];
  while (left.length > 0) {
    let { bytesWritten } = await file.writev(left, position);
    position += bytesWritten;
    left = left.flatMap((piece) => {
      const written = Math.min(bytesWritten, piece.length);
      bytesWritten -= written;
      return written === piece.length ? [] : [piece.subarray(written)];
    });
  }
}

/** A part of a larger ArrayBuffer, such as of Node's pool, has neighbours. */
function giveBack({ buffer, byteLength }: Buffer): void {
  if (byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
