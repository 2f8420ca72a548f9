import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { type FileHandle, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileWriter } from './file-writer.ts';
import { readIntoFile } from './read-into-file.ts';
import { ShorterFile, writeFileTo } from './write-file-to.ts';

const mebibyte = 1024 * 1024;

let folder: string;
let name: string;
let file: FileHandle;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'file-bytes-'));
  name = path.join(folder, 'file');
  file = await open(name, 'w+');
});
afterEach(async () => {
  await file.close();
  await rm(folder, { recursive: true, force: true });
});

/** Keeps what it is given as it is when it takes it, which is a while after it was given. */
function slowSink(kept: Buffer[]): Writable {
  return new Writable({
    highWaterMark: 1,
    write: (piece: Buffer, _encoding, done) =>
      setImmediate(() => {
        kept.push(Buffer.from(piece));
        done();
      }),
  });
}

describe('a file to a sink', () => {
  test.each([
    ['nothing', 0, 0, 0],
    ['one byte', 1, 0, 1],
    ['a piece', 256 * 1024, 0, 256 * 1024],
    ['a byte more', 256 * 1024 + 1, 0, 256 * 1024 + 1],
    ['a part', mebibyte, 12_345, 700_001],
    ['the end', mebibyte, mebibyte - 3, 3],
    ['much', 3 * mebibyte + 17, 0, 3 * mebibyte + 17],
  ])('%s', async (_what, size, start, length) => {
    const bytes = randomBytes(size);
    await writeFile(name, bytes);
    const kept: Buffer[] = [];
    const sink = slowSink(kept);
    await writeFileTo(file, { start, length }, sink);
    expect(sink.writableEnded).toBe(false);
    expect(Buffer.concat(kept).equals(bytes.subarray(start, start + length))).toBe(true);
    expect(sink.listenerCount('close')).toBe(0);
  });

  test('has two pieces in memory, whatever the sink does not take', async () => {
    await writeFile(name, Buffer.alloc(8 * mebibyte));
    const seen = new Set<ArrayBufferLike>();
    const sink = new Writable({
      write(piece: Buffer, _encoding, done) {
        seen.add(piece.buffer);
        setImmediate(done);
      },
    });
    await writeFileTo(file, { start: 0, length: 8 * mebibyte }, sink);
    expect(seen.size).toBe(2);
    // And these are given back.
    expect([...seen].map(({ byteLength }) => byteLength)).toEqual([0, 0]);
  });

  test('ends when the sink is closed, before or in the middle, though nobody says a word of the piece under way', async () => {
    await writeFile(name, Buffer.alloc(mebibyte));
    const sink = Object.assign(new EventEmitter(), { destroyed: false, write: () => false });
    const sending = writeFileTo(file, { start: 0, length: mebibyte }, sink);
    setTimeout(() => sink.emit('close'), 20);
    await expect(sending).rejects.toThrow('gone');
    sink.destroyed = true;
    await expect(writeFileTo(file, { start: 0, length: mebibyte }, sink)).rejects.toThrow('gone');
    const failing = new Writable({ write: (_piece, _encoding, done) => done(new Error('the line broke')) });
    failing.on('error', () => {});
    await expect(writeFileTo(file, { start: 0, length: mebibyte }, failing)).rejects.toThrow('the line broke');
  });

  test('a file that became shorter is told', async () => {
    await writeFile(name, Buffer.alloc(mebibyte));
    await truncate(name, mebibyte - 1);
    await expect(writeFileTo(file, { start: 0, length: mebibyte }, new PassThrough().resume())).rejects.toThrow(ShorterFile);
  });
});

describe('a stream into a file', () => {
  test('whole, in order, whatever the pieces', async () => {
    const bytes = randomBytes(3 * mebibyte);
    function* pieces() {
      for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 99_991)
        yield Buffer.from(bytes.subarray(at, at + size));
    }
    const expected = Buffer.from(bytes);
    expect(await readIntoFile(Readable.from(pieces(), { objectMode: false }), file)).toBe(bytes.length);
    expect((await readFile(name)).equals(expected)).toBe(true);
  });

  test('gives back what is written, but nothing that has neighbours', async () => {
    const own = Buffer.allocUnsafeSlow(1000).fill('a');
    const shared = Buffer.allocUnsafeSlow(2000).fill('b');
    await readIntoFile(Readable.from([own, shared.subarray(0, 1000), shared.subarray(1000)], { objectMode: true }), file);
    expect(await readFile(name, 'utf8')).toBe('a'.repeat(1000) + 'b'.repeat(2000));
    expect(own.length).toBe(0);
    expect(shared.length).toBe(2000);
  });

  test('what the stream and the disk throw is thrown', async () => {
    const broken = new PassThrough();
    broken.write('abc');
    setImmediate(() => broken.destroy(new Error('cut')));
    await expect(readIntoFile(broken, file)).rejects.toThrow('cut');
    await using full = await open('/dev/full', 'w');
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(65_536);
      })(),
      { objectMode: false },
    );
    await expect(readIntoFile(endless, full)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(endless.destroyed).toBe(true);
  });

  test('100 MiB pass through little memory, without a collection', async () => {
    const sizes: number[] = [];
    const source = Readable.from(
      (function* () {
        for (let sent = 0; sent < 100 * mebibyte; sent += 65_536) {
          sizes.push(process.memoryUsage().arrayBuffers);
          yield Buffer.allocUnsafeSlow(65_536);
        }
      })(),
      { objectMode: false },
    );
    const before = process.memoryUsage().arrayBuffers;
    await readIntoFile(source, file);
    expect((Math.max(...sizes) - before) / mebibyte).toBeLessThan(4);
  });
});

test('a sender that cuts its bytes small is held as early as one that does not', async () => {
  const { promise: disk, resolve } = Promise.withResolvers<void>();
  const stuck = {
    async writev(pieces: readonly Buffer[]) {
      await disk;
      return { bytesWritten: pieces.reduce((sum, piece) => sum + piece.length, 0) };
    },
  };
  const writer = new FileWriter(stuck as unknown as FileHandle, 0);
  let taken = 0;
  const pushing = (async () => {
    for (; taken < 100_000; taken++) await writer.push(Buffer.from('x'));
  })();
  await new Promise((turn) => setTimeout(turn, 200));
  expect(taken).toBeLessThan(200);
  resolve();
  await pushing;
  await writer.flush();
});
