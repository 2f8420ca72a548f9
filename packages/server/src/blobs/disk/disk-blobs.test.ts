import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Upload } from 'tus-js-client';
import { afterEach, describe, expect, test } from 'vitest';
import { describeBlobs } from '../blobs.contract.ts';
import { type BlobServer, runnerToken, startBlobServer } from './blob-server.fixture.ts';

describeBlobs('disk', async () => {
  const server = await startBlobServer();
  return {
    blobs: server.blobs,
    asRunner: (url, init) => fetch(`${server.url}${url}`, { ...init, headers: { authorization: `Bearer ${runnerToken}` } }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

const mebibyte = 1024 * 1024;
const largest = 100 * mebibyte;
const type = 'application/octet-stream';
const soon = () => Date.now() + 60_000;

describe('disk blobs', () => {
  let server: BlobServer;
  afterEach(() => server[Symbol.asyncDispose]());

  const uploadUrl = (id: string, size: number, endsAt = soon()) => server.blobs.uploadUrl({ id, size, contentType: type, endsAt });
  const files = async () => (await readdir(server.folder, { recursive: true })).filter((name) => name.includes('/')).sort();
  const error = async (reply: Response) => ((await reply.json()) as { error: string }).error;

  test('100 MiB exactly is taken, in constant memory; one byte more is refused and leaves nothing', async () => {
    server = await startBlobServer();
    const url = await uploadUrl('ses_a/full', largest);
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => void (peak = Math.max(peak, process.memoryUsage.rss())), 5);
    const reply = await sendZeros(url, largest);
    clearInterval(watch);
    process.stdout.write(
      `peak RSS while 100 MiB came in: +${Math.round((peak - before) / mebibyte)} MiB (sender and receiver in one process)\n`,
    );
    expect(reply).toMatchObject({ status: 200 });
    expect(await server.blobs.size('ses_a/full')).toBe(largest);

    const over = await uploadUrl('ses_a/over', largest);
    expect((await sendZeros(over, largest + 1)).status).toBe(413);
    // Without a declared length it is counted as it comes, and cut.
    expect((await sendZeros(over, largest + 1, { chunked: true })).status).toBe(413);
    expect(await files()).toEqual(['ses_a/full']);
  });

  test('files and folders are the owner’s alone', async () => {
    server = await startBlobServer();
    await sendZeros(await uploadUrl('ses_a/b', 10), 10);
    expect((await stat(path.join(server.folder, 'ses_a'))).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(server.folder, 'ses_a/b'))).mode & 0o777).toBe(0o600);
  });

  test('an upload that is cut goes on where it was, by the core protocol of tus, also after a restart', async () => {
    server = await startBlobServer();
    const bytes = randomBytes(3 * mebibyte);
    const url = await uploadUrl('ses_a/cut', bytes.length);
    await cutAfter(url, bytes, mebibyte);
    const offset = await waitForOffset(url, mebibyte);
    const folder = server.folder;
    server = await server.restart();
    expect(server.folder).toBe(folder);
    const moved = `${server.url}${new URL(url).pathname}${new URL(url).search}`;
    const head = await fetch(moved, { method: 'HEAD' });
    expect(head.headers.get('upload-offset')).toBe(String(offset));
    expect(head.headers.get('upload-length')).toBe(String(bytes.length));
    expect(head.headers.get('tus-resumable')).toBe('1.0.0');
    const patch = (at: number, body: Buffer, contentType = 'application/offset+octet-stream') =>
      fetch(moved, {
        method: 'PATCH',
        body: body,
        headers: { 'upload-offset': String(at), 'content-type': contentType, 'tus-resumable': '1.0.0' },
      });
    const wrong = await patch(offset + 1, bytes.subarray(offset + 1));
    expect([wrong.status, await error(wrong)]).toEqual([409, 'upload_incomplete']);
    expect((await patch(offset, bytes.subarray(offset), type)).status).toBe(415);
    const middle = offset + 100_000;
    const some = await patch(offset, bytes.subarray(offset, middle));
    expect([some.status, some.headers.get('upload-offset')]).toEqual([204, String(middle)]);
    expect(await server.blobs.size('ses_a/cut')).toBeNull();
    expect((await patch(middle, bytes.subarray(middle))).status).toBe(204);
    expect((await readFile(path.join(server.folder, 'ses_a/cut'))).equals(bytes)).toBe(true);
    expect((await fetch(moved, { method: 'HEAD' })).headers.get('upload-offset')).toBe(String(bytes.length));
    expect((await patch(0, bytes)).status).toBe(403);
  });

  test('a real tus client goes on with an upload that it broke off', async () => {
    server = await startBlobServer();
    const bytes = randomBytes(3 * mebibyte);
    const url = await uploadUrl('ses_a/tus', bytes.length);
    const client = (onChunk: (upload: Upload, sent: number) => void) =>
      new Promise<number | null>((resolve, reject) => {
        let first: number | null = null;
        const upload: Upload = new Upload(bytes, {
          uploadUrl: url,
          chunkSize: mebibyte,
          retryDelays: null,
          onProgress: (sent) => {
            first ??= sent;
            onChunk(upload, sent);
          },
          onSuccess: () => resolve(first),
          onError: reject,
        });
        upload.start();
        if (broken === null) broken = () => resolve(null);
      });
    let broken: (() => void) | null = null;
    await client((upload, sent) => {
      if (sent >= 2 * mebibyte) void upload.abort().then(broken);
    });
    expect(await waitForOffset(url, mebibyte)).toBeLessThan(bytes.length);
    expect(await client(() => undefined)).toBeGreaterThanOrEqual(mebibyte);
    expect((await readFile(path.join(server.folder, 'ses_a/tus'))).equals(bytes)).toBe(true);
  });

  test('a PATCH with more than is missing is refused, and the upload begins anew', async () => {
    server = await startBlobServer();
    const url = await uploadUrl('ses_a/b', 10);
    const headers = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    expect((await fetch(url, { method: 'PATCH', body: '12345678901', headers })).status).toBe(413);
    expect((await fetch(url, { method: 'HEAD' })).headers.get('upload-offset')).toBe('0');
  });

  test('a client that comes again takes over from its own dead connection', async () => {
    server = await startBlobServer();
    const bytes = randomBytes(2 * mebibyte);
    const url = await uploadUrl('ses_a/b', bytes.length);
    const dead = begin(url, bytes.length);
    dead.write(bytes.subarray(0, mebibyte));
    await waitForOffset(url, mebibyte);
    const reply = await fetch(url, { method: 'PUT', body: bytes, headers: { 'content-type': type } });
    expect(reply.status).toBe(200);
    expect((await readFile(path.join(server.folder, 'ses_a/b'))).equals(bytes)).toBe(true);
    dead.destroy();
  });

  test('many PUTs of one URL at once make one blob, of one of them', async () => {
    server = await startBlobServer();
    const url = await uploadUrl('ses_a/b', mebibyte);
    const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(mebibyte, index));
    const replies = await Promise.allSettled(
      bodies.map((body) => fetch(url, { method: 'PUT', body: body, headers: { 'content-type': type } })),
    );
    expect(replies.filter((reply) => reply.status === 'fulfilled' && reply.value.status === 200)).toHaveLength(1);
    const stored = await readFile(path.join(server.folder, 'ses_a/b'));
    expect(bodies.some((body) => body.equals(stored))).toBe(true);
  });

  test('two that go on with one upload at once: what is stored is the upload, whoever wrote it', async () => {
    server = await startBlobServer();
    const bytes = randomBytes(4 * mebibyte);
    const url = await uploadUrl('ses_a/b', bytes.length);
    await cutAfter(url, bytes, mebibyte);
    const goOn = async () => {
      for (let tries = 0; tries < 50; tries++) {
        const offset = Number((await fetch(url, { method: 'HEAD' })).headers.get('upload-offset'));
        if (offset === bytes.length) return;
        const headers = { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
        await fetch(url, { method: 'PATCH', body: bytes.subarray(offset), headers }).catch(() => undefined);
      }
      throw new Error('it never ends');
    };
    await Promise.all([goOn(), goOn()]);
    expect((await readFile(path.join(server.folder, 'ses_a/b'))).equals(bytes)).toBe(true);
  });

  test('100 MiB exactly over PATCH, one byte more is refused, with and without a declared length', async () => {
    server = await startBlobServer();
    const headers = (offset: number) => ({ 'upload-offset': offset, 'content-type': 'application/offset+octet-stream' });
    const url = await uploadUrl('ses_a/b', largest);
    expect((await sendZeros(url, largest - 1, { method: 'PATCH', headers: headers(0) })).status).toBe(204);
    expect((await sendZeros(url, 1, { method: 'PATCH', headers: headers(largest - 1) })).status).toBe(204);
    expect(await server.blobs.size('ses_a/b')).toBe(largest);
    for (const chunked of [false, true]) {
      const over = await uploadUrl(`ses_a/over-${chunked}`, largest);
      expect((await sendZeros(over, largest - 1, { method: 'PATCH', headers: headers(0) })).status).toBe(204);
      expect((await sendZeros(over, 2, { method: 'PATCH', headers: headers(largest - 1), chunked })).status).toBe(413);
    }
    expect(await files()).toEqual(['ses_a/b']);
  });

  test('readers that do not read are held in little memory, and so many of a session at most', async () => {
    server = await startBlobServer();
    const url = await uploadUrl('ses_a/b', 32 * mebibyte);
    await sendZeros(url, 32 * mebibyte);
    const link = await server.blobs.downloadUrl({ id: 'ses_a/b', filename: 'b', endsAt: soon() });
    const before = process.memoryUsage().arrayBuffers;
    const sleepers = await Promise.all(Array.from({ length: 32 }, () => openReader(link)));
    expect(sleepers.map(({ statusCode }) => statusCode)).toEqual(Array(32).fill(200));
    // Two pieces of 256 KiB each here, and what the readers of this process have taken.
    expect((process.memoryUsage().arrayBuffers - before) / mebibyte).toBeLessThan(64);
    const refused = await fetch(link);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    // Another session's is not meant.
    await sendZeros(await uploadUrl('ses_b/b', 1), 1);
    expect((await fetch(await server.blobs.downloadUrl({ id: 'ses_b/b', filename: 'b', endsAt: soon() }))).status).toBe(200);
    for (const sleeper of sleepers) sleeper.destroy();
    await expect.poll(async () => (await fetch(link, { method: 'HEAD' })).status).toBe(200);
  });

  test('a sender that trickles is let go when its time is over, and goes on where it was', async () => {
    server = await startBlobServer({ requestTimeoutMs: 500 });
    const bytes = randomBytes(mebibyte);
    const url = await uploadUrl('ses_a/b', bytes.length);
    const sender = begin(url, bytes.length);
    const cut = new Promise((resolve) => sender.once('close', resolve));
    let sent = 0;
    const trickle = setInterval(() => sender.destroyed || sender.write(bytes.subarray(sent, ++sent)), 20);
    await cut;
    clearInterval(trickle);
    const offset = await waitForOffset(url, 1);
    expect(offset).toBeLessThanOrEqual(sent);
    const headers = { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
    expect((await fetch(url, { method: 'PATCH', body: bytes.subarray(offset), headers })).status).toBe(204);
    expect((await readFile(path.join(server.folder, 'ses_a/b'))).equals(bytes)).toBe(true);
  });

  test('a sender and a reader that say nothing are let go; what came is kept', async () => {
    server = await startBlobServer({ silenceMs: 200 });
    const url = await uploadUrl('ses_a/up', 2 * mebibyte);
    const sender = begin(url, 2 * mebibyte);
    const cut = new Promise((resolve) => sender.once('close', resolve));
    sender.write(Buffer.alloc(mebibyte));
    await cut;
    expect(await waitForOffset(url, mebibyte)).toBe(mebibyte);
    await sendZeros(await uploadUrl('ses_a/down', 32 * mebibyte), 32 * mebibyte);
    const reader = await openReader(await server.blobs.downloadUrl({ id: 'ses_a/down', filename: 'b', endsAt: soon() }));
    // Unread, its socket is full: nothing moves. The end is seen once it is read.
    await sleep(600);
    const ended = new Promise((resolve) => reader.once('error', resolve));
    reader.resume();
    await ended;
    expect(reader.complete).toBe(false);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'a full disk is 503 with a reason, and leaves no half (a tmpfs of 1 MiB; only root may mount one)',
    async () => {
      server = await startBlobServer();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', server.folder]);
      try {
        const url = await uploadUrl('ses_a/b', 2 * mebibyte);
        const reply = await fetch(url, { method: 'PUT', body: randomBytes(2 * mebibyte), headers: { 'content-type': type } });
        expect(await reply.json()).toMatchObject({ error: 'unavailable', status: 503, request_id: expect.any(String) });
        expect(reply.headers.get('retry-after')).toBe('60');
        expect(await files()).toEqual([]);
        expect((await sendZeros(await uploadUrl('ses_a/c', 1000), 1000)).status).toBe(200);
      } finally {
        execFileSync('umount', ['-l', server.folder]);
      }
    },
  );

  test('runners’ addresses want the runners’ secret', async () => {
    server = await startBlobServer({ maxBytes: 1000 });
    const at = (id: string) => `${server.url}/internal/files/${id}`;
    for (const authorization of ['', 'Bearer wrong', 'Bearer']) {
      expect((await fetch(at('ses_a/b'), { headers: { authorization } })).status).toBe(401);
      expect((await fetch(at('ses_a/b'), { method: 'PUT', body: 'x', headers: { authorization } })).status).toBe(401);
    }
    const headers = { authorization: `Bearer ${runnerToken}` };
    expect((await fetch(at('ses_a/b'), { headers })).status).toBe(404);
    for (const odd of ['..%2f..%2fetc/passwd', 'a', 'a/b/c', 'a/..', 'a/b.part'])
      expect((await fetch(at(odd), { headers })).status).toBe(404);
    expect((await fetch(at('ses_a/b'), { method: 'PUT', body: 'x'.repeat(1001), headers })).status).toBe(413);
    expect((await fetch(at('ses_a/b'), { method: 'PUT', body: 'x'.repeat(1000), headers })).status).toBe(200);
    expect((await fetch(at('ses_a/b'), { method: 'DELETE', headers })).status).toBe(405);
    expect(await files()).toEqual(['ses_a/b']);
  });

  test('a refusal has the contract’s shape', async () => {
    server = await startBlobServer();
    const reply = await fetch(`${server.url}/files/ses_a/b?grant=x.y`);
    expect(await reply.json()).toEqual({ error: 'forbidden', message: expect.any(String), status: 403 });
    expect(reply.headers.get('x-request-id')).toEqual(expect.any(String));
    for (const odd of [
      '/files/',
      '/files/x',
      '/files/ses_a/b',
      '/files/ses_a/b?grant=',
      '/files/../x/y?grant=a.b',
      '/files/ses_a/b?grant=a.b&grant=a.b',
    ])
      expect((await fetch(server.url + odd, { redirect: 'manual' })).status).toBeGreaterThanOrEqual(403);
  });
});

/** An answer of which nothing is read. */
function openReader(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => httpRequest(url, { agent: false }, resolve).on('error', reject).end());
}

interface Sending {
  readonly method?: 'PUT' | 'PATCH';
  readonly headers?: OutgoingHttpHeaders;
}

function begin(url: string, length: number | null, { method = 'PUT', headers = {} }: Sending = {}): ClientRequest {
  const request = httpRequest(url, {
    method,
    headers: { 'content-type': type, ...headers, ...(length === null ? {} : { 'content-length': length }) },
  });
  request.on('error', () => {});
  return request;
}

async function sendZeros(
  url: string,
  size: number,
  { chunked = false, ...sending }: Sending & { readonly chunked?: boolean } = {},
): Promise<{ status: number }> {
  const request = begin(url, chunked ? null : size, sending);
  const reply = new Promise<{ status: number }>((resolve, reject) => {
    request.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    });
    request.on('close', () => reject(new Error('no answer')));
  });
  const piece = Buffer.alloc(256 * 1024);
  let answered = false;
  void reply.finally(() => (answered = true)).catch(() => undefined);
  for (let left = size; left > 0 && !answered; left -= piece.length) {
    if (!request.write(left >= piece.length ? piece : piece.subarray(0, left))) {
      await Promise.race([new Promise((resolve) => request.once('drain', resolve)), reply.catch(() => undefined)]);
    }
  }
  request.end();
  return reply;
}

async function cutAfter(url: string, bytes: Buffer, count: number): Promise<void> {
  const request = begin(url, bytes.length);
  await new Promise<void>((resolve) => request.write(bytes.subarray(0, count), () => resolve()));
  await waitForOffset(url, count);
  request.destroy();
}

async function waitForOffset(url: string, atLeast: number): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    const offset = Number((await fetch(url, { method: 'HEAD' })).headers.get('upload-offset'));
    if (offset >= atLeast) return offset;
    await sleep(10);
  }
  throw new Error('the bytes do not arrive');
}
