import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { type ClientRequest, request as httpRequest } from 'node:http';
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

function begin(url: string, length: number | null): ClientRequest {
  const request = httpRequest(url, {
    method: 'PUT',
    headers: { 'content-type': type, ...(length === null ? {} : { 'content-length': length }) },
  });
  request.on('error', () => {});
  return request;
}

async function sendZeros(url: string, size: number, { chunked = false } = {}): Promise<{ status: number }> {
  const request = begin(url, chunked ? null : size);
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
