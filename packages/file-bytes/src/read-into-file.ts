import type { FileHandle } from 'node:fs/promises';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { callbackify } from 'node:util';
import { FileWriter } from './file-writer.ts';

/**
 * Writes a stream to a file, from its beginning, as fast as the disk takes it. Gives the number of bytes. The pieces are given back as
 * they are written: nobody else may hold them.
 * @throws what the stream or the file system throws; the stream is destroyed then.
 */
export async function readIntoFile(body: Readable, file: FileHandle): Promise<number> {
  const writer = new FileWriter(file, 0);
  const push = callbackify(async (piece: Buffer) => {
    bytes += piece.length;
    await writer.push(piece);
  });
  let bytes = 0;
  // Piped, as the stream has them: an iterator would join pieces that wait into a new one.
  await pipeline(
    body,
    new Writable({ write: (piece: Buffer, _encoding, done) => push(piece, done), final: callbackify(async () => await writer.flush()) }),
  );
  return bytes;
}
