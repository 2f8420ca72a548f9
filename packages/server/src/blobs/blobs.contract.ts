import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Blobs } from './blobs.ts';

export interface BlobsUnderTest extends AsyncDisposable {
  readonly blobs: Blobs;
  /** A request as a runner makes it to what `runnerUrl` gave. */
  readonly asRunner: (url: string, init?: RequestInit) => Promise<Response>;
}

let number = 0;
const freshId = (scope = 'ses_contract') => `${scope}/blob_${++number}`;
const soon = () => Date.now() + 60_000;

/** What every implementation of the blobs port does, over real HTTP. */
export function describeBlobs(name: string, open: () => Promise<BlobsUnderTest>): void {
  describe(`${name}: the blobs port`, () => {
    let it: BlobsUnderTest;
    beforeAll(async () => void (it = await open()));
    afterAll(() => it[Symbol.asyncDispose]());

    const put = (url: string, body: Buffer | string, type = 'text/csv') =>
      fetch(url, { method: 'PUT', body: body, headers: { 'content-type': type } });
    const upload = async (bytes: Buffer, id = freshId()) => {
      const url = await it.blobs.uploadUrl({ id, size: bytes.length, contentType: 'text/csv', endsAt: soon() });
      expect((await put(url, bytes)).status).toBe(200);
      return { id, url };
    };
    const download = async (id: string, filename = 'a.csv', init: RequestInit = {}) =>
      fetch(await it.blobs.downloadUrl({ id, filename, endsAt: soon() }), init);
    const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

    test('what is PUT is what is got', async () => {
      for (const size of [0, 1, 65_536, 1_000_003]) {
        const bytes = randomBytes(size);
        const { id } = await upload(bytes);
        expect(await it.blobs.size(id)).toBe(size);
        const reply = await download(id);
        expect(reply.status).toBe(200);
        expect((await bytesOf(reply)).equals(bytes)).toBe(true);
      }
    });

    test('an upload URL takes one body: a second is 403 and changes nothing, also when the blob was removed', async () => {
      const { id, url } = await upload(Buffer.from('first'));
      expect((await put(url, 'again')).status).toBe(403);
      expect((await bytesOf(await download(id))).toString()).toBe('first');
      await it.blobs.remove(id);
      expect(await it.blobs.size(id)).toBeNull();
      expect((await put(url, 'again')).status).toBe(403);
      expect(await it.blobs.size(id)).toBeNull();
    });

    test('more bytes or another type than declared are refused, and nothing is kept', async () => {
      const id = freshId();
      const url = await it.blobs.uploadUrl({ id, size: 4, contentType: 'text/csv', endsAt: soon() });
      expect((await put(url, '12345')).status).toBe(413);
      expect((await put(url, '1234', 'text/html')).status).toBe(400);
      expect(await it.blobs.size(id)).toBeNull();
      expect((await put(url, '1234')).status).toBe(200);
    });

    test('fewer bytes than declared are no blob', async () => {
      const id = freshId();
      const url = await it.blobs.uploadUrl({ id, size: 10, contentType: 'text/csv', endsAt: soon() });
      expect((await put(url, '1234')).status).toBeGreaterThanOrEqual(400);
      expect(await it.blobs.size(id)).toBeNull();
    });

    test('a URL is over at its end, and holds for its method only', async () => {
      const { id } = await upload(Buffer.from('x'));
      expect((await fetch(await it.blobs.downloadUrl({ id, filename: 'a', endsAt: Date.now() - 1000 }))).status).toBe(403);
      const late = await it.blobs.uploadUrl({ id: freshId(), size: 1, contentType: 'text/csv', endsAt: Date.now() - 1000 });
      expect((await put(late, 'x')).status).toBe(403);
      const forUpload = await it.blobs.uploadUrl({ id, size: 1, contentType: 'text/csv', endsAt: soon() });
      expect((await fetch(forUpload)).status).toBe(403);
      expect((await put(await it.blobs.downloadUrl({ id, filename: 'a', endsAt: soon() }), 'x')).status).toBe(403);
    });

    test('no character of a URL can be changed', async () => {
      const { id } = await upload(Buffer.from('x'));
      const url = new URL(await it.blobs.downloadUrl({ id, filename: 'a', endsAt: soon() }));
      const tail = url.pathname + url.search;
      for (let at = 1; at < tail.length; at++) {
        const changed = `${url.origin}${tail.slice(0, at)}${tail[at] === 'A' ? 'B' : 'A'}${tail.slice(at + 1)}`;
        const reply = await fetch(changed);
        await reply.body?.cancel();
        expect([400, 403, 404], changed).toContain(reply.status);
      }
    });

    test('a download is an attachment under its own name, never shown or sniffed', async () => {
      const { id } = await upload(Buffer.from('<script>alert(1)</script>'));
      const reply = await download(id, 'Übersicht "1"; ü%/日本.html');
      expect(reply.headers.get('content-disposition')).toMatch(
        /^attachment; .*filename\*=UTF-8''%C3%9Cbersicht%20%221%22%3B%20%C3%BC%25%2F%E6%97%A5%E6%9C%AC.html$/,
      );
      expect(reply.headers.get('content-type')).toBe('application/octet-stream');
      expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
      expect(reply.headers.get('set-cookie')).toBeNull();
    });

    test('ranges, HEAD and If-Range', async () => {
      const bytes = randomBytes(1000);
      const { id } = await upload(bytes);
      const part = async (range: string, more: Record<string, string> = {}) => {
        const reply = await download(id, 'a', { headers: { range, ...more } });
        return { status: reply.status, range: reply.headers.get('content-range'), body: await bytesOf(reply) };
      };
      expect(await part('bytes=0-0')).toEqual({ status: 206, range: 'bytes 0-0/1000', body: bytes.subarray(0, 1) });
      expect(await part('bytes=990-')).toEqual({ status: 206, range: 'bytes 990-999/1000', body: bytes.subarray(990) });
      expect(await part('bytes=-5')).toEqual({ status: 206, range: 'bytes 995-999/1000', body: bytes.subarray(995) });
      expect(await part('bytes=900-5000')).toEqual({ status: 206, range: 'bytes 900-999/1000', body: bytes.subarray(900) });
      expect(await part('bytes=1000-')).toMatchObject({ status: 416, range: 'bytes */1000' });
      for (const whole of ['bytes=5-2', 'lines=1-2', 'bytes=a-b', 'bytes=-']) expect((await part(whole)).status).toBe(200);
      const head = await download(id, 'a', { method: 'HEAD' });
      expect(head.headers.get('content-length')).toBe('1000');
      const etag = head.headers.get('etag') ?? '';
      expect((await part('bytes=1-2', { 'if-range': etag })).status).toBe(206);
      expect((await part('bytes=1-2', { 'if-range': '"other"' })).status).toBe(200);
    });

    test('a download URL may be used again: a broken download goes on', async () => {
      const { id } = await upload(Buffer.from('abcdef'));
      const url = await it.blobs.downloadUrl({ id, filename: 'a', endsAt: soon() });
      expect((await bytesOf(await fetch(url))).toString()).toBe('abcdef');
      expect((await bytesOf(await fetch(url, { headers: { range: 'bytes=3-' } }))).toString()).toBe('def');
    });

    test('a runner reads and writes; nobody without its secret does', async () => {
      const { id } = await upload(Buffer.from('from the user'));
      const read = await it.asRunner(await it.blobs.runnerUrl(id, 'read'));
      expect((await bytesOf(read)).toString()).toBe('from the user');
      const written = freshId();
      const reply = await it.asRunner(await it.blobs.runnerUrl(written, 'write'), { method: 'PUT', body: 'from the session' });
      expect(reply.status).toBe(200);
      expect((await bytesOf(await download(written))).toString()).toBe('from the session');
    });

    test('list, removal by scope, and nothing comes back after it', async () => {
      const scope = 'ses_scope';
      const one = await upload(Buffer.from('1'), freshId(scope));
      const pending = await it.blobs.uploadUrl({ id: freshId(scope), size: 1, contentType: 'text/csv', endsAt: soon() });
      await upload(Buffer.from('22'), freshId(scope));
      expect((await it.blobs.list(scope)).map(({ size }) => size).sort((a, b) => a - b)).toEqual([1, 2]);
      await it.blobs.removeScope(scope);
      expect(await it.blobs.list(scope)).toEqual([]);
      expect((await download(one.id)).status).toBe(404);
      expect((await put(pending, 'x')).status).toBe(403);
      expect(await it.blobs.list(scope)).toEqual([]);
      await it.blobs.removeScope(scope);
    });

    test('removal of a scope cuts what is on its way', async () => {
      const scope = 'ses_cut';
      const { id } = await upload(randomBytes(64 * 1024 * 1024), freshId(scope));
      const reader = (await download(id)).body?.getReader();
      await reader?.read();
      await it.blobs.removeScope(scope);
      const rest = async () => {
        while ((await reader?.read())?.done === false);
      };
      await expect(rest()).rejects.toThrow();
    });

    test('a sweep takes what is older than its time, and nothing else', async () => {
      const scope = 'ses_sweep';
      const { id } = await upload(Buffer.from('1'), freshId(scope));
      await it.blobs.sweep(Date.now() - 60_000);
      expect(await it.blobs.size(id)).toBe(1);
      await it.blobs.sweep(Date.now() + 60_000);
      expect(await it.blobs.size(id)).toBeNull();
      await upload(Buffer.from('2'), freshId(scope));
    });
  });
}
