import type { FileHandle } from 'node:fs/promises';
import type { EventEmitter } from 'node:events';

/** What bytes are written to: a socket, or a message of node:http on one. A stream that hands on what it is given is none: it is done before. */
export interface Sink extends Pick<EventEmitter, 'once' | 'off'> {
  readonly destroyed: boolean;
  /** `done` says that the piece is no longer needed: it is used again then. */
  write(piece: Buffer, done: (error?: Error | null) => void): boolean;
}

export interface FilePart {
  /** Of the first byte. */
  readonly start: number;
  /** In bytes. */
  readonly length: number;
}

const pieceBytes = 256 * 1024;

/**
 * Writes a part of a file to a sink, in constant memory: while one piece is on its way the next is read, and these two buffers are all
 * there is. Resolves when the sink has taken everything; it is not ended. What a slow sink has not taken waits in the file.
 * @throws Error when the sink is closed before, `ShorterFile` when the file ends before the part does, and what the file system throws.
 */
export async function writeFileTo(file: FileHandle, { start, length }: FilePart, sink: Sink): Promise<void> {
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {});
  const onClose = () => closed.reject(new Error('the receiver is gone'));
  sink.once('close', onClose);
  const end = start + length;
  const size = Math.min(pieceBytes, length);
  let free = Buffer.allocUnsafeSlow(size);
  let busy = length > size ? Buffer.allocUnsafeSlow(size) : free;
  let sent: Promise<void> = Promise.resolve();
  try {
    if (sink.destroyed) onClose();
    for (let at = start; at < end;) {
      const piece = await fill(file, free.subarray(0, Math.min(size, end - at)), at);
      await sent;
      at += piece.length;
      sent = Promise.race([write(sink, piece), closed.promise]);
      sent.catch(() => {});
      [free, busy] = [busy, free];
    }
    await sent;
  } finally {
    sink.off('close', onClose);
  }
  // Only now that the sink has let go of them: one that was closed may still read them.
  for (const { buffer } of new Set([free, busy])) buffer.transfer(0);
}

/** The file became shorter than it was. */
export class ShorterFile extends Error {
  override readonly name = 'ShorterFile';
}

async function fill(file: FileHandle, piece: Buffer, position: number): Promise<Buffer> {
  for (let filled = 0; filled < piece.length;) {
    const { bytesRead } = await file.read(piece, filled, piece.length - filled, position + filled);
    if (bytesRead === 0) throw new ShorterFile('the file became shorter while it was read');
    filled += bytesRead;
  }
  return piece;
}

function write(sink: Sink, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(piece, (error) => (error == null ? resolve() : reject(error)));
  });
}
