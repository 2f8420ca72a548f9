import { ApiError, type Limits, type Session, defaultLimits, routes } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { startBlobServer } from '../../../blobs/disk/blob-server.fixture.ts';
import { createFiles } from '../../../files/create-files.ts';
import { scriptedRunner } from '../../../files/scripted-runner.fixture.ts';
import { type TestApp, startTestApp } from '../../test-app.ts';

interface Requested {
  upload_id: string;
  upload_url: string;
  target_path: string;
  expires_at: string;
}

const text = { filename: 'data.csv', content_type: 'text/csv', size: 5 };

async function start(limits: Partial<Limits> = {}) {
  const stack = new AsyncDisposableStack();
  const blobServer = stack.use(await startBlobServer());
  const { blobs } = blobServer;
  const app: TestApp = stack.use(await startTestApp({ config: { limits: { ...defaultLimits, ...limits } } }));
  const runner = scriptedRunner(() => blobServer.url);
  const clock = { offset: 0, now: () => Date.now() + clock.offset, timestamp: () => new Date(clock.now()).toISOString() };
  const makeFiles = () => createFiles({ ...app.ctx, blobs, clock, dispatcher: runner, patienceMs: 1500 });
  const ctx = Object.assign(app.ctx, { files: makeFiles() });
  for (const user of ['ada', 'bob']) await app.call(routes.register, user);
  await app.call(routes.storeApiKey, 'ada', { body: { api_key: 'sk-ant-1' } });
  const reply = await app.call(routes.createSession, 'ada');
  const { id } = reply.json<{ session: Session }>().session;
  const request = async (body: object = text) => (await app.call(routes.requestUpload, 'ada', { id, body })).json<Requested>();
  const put = (url: string, bytes: string, type = 'text/csv') =>
    fetch(url, { method: 'PUT', body: bytes, headers: { 'content-type': type } });
  const complete = (uploadId: string) => app.call(routes.completeUpload, 'ada', { id, body: { upload_id: uploadId } });
  return {
    app,
    id,
    runner,
    blobs,
    clock,
    ctx,
    request,
    put,
    complete,
    restart: () => void Object.assign(ctx, { files: makeFiles() }),
    download: (path: string) => app.call(routes.requestDownload, 'ada', { id, body: { path } }),
    async uploaded(bytes: string, filename = 'data.csv') {
      const upload = await request({ ...text, filename, size: bytes.length });
      expect((await put(upload.upload_url, bytes)).status).toBe(200);
      return upload;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('upload', () => {
  test('request, PUT, complete: the file is where the request said', async () => {
    await using it = await start();
    const upload = await it.request();
    expect(upload).toEqual({
      upload_id: expect.stringMatching(/^upl_/),
      upload_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/files\//),
      target_path: '/workspace/uploads/data.csv',
      expires_at: expect.any(String),
    });
    expect(Date.parse(upload.expires_at) - Date.now()).toBeGreaterThan(3_590_000);
    expect((await it.put(upload.upload_url, 'a,b,c')).status).toBe(200);
    const done = await it.complete(upload.upload_id);
    expect([done.statusCode, done.json()]).toEqual([200, { success: true, path: '/workspace/uploads/data.csv' }]);
    expect(it.runner.files.get('/workspace/uploads/data.csv')?.toString()).toBe('a,b,c');
    expect(await it.blobs.list(it.id)).toEqual([]);
    expect((await it.put(upload.upload_url, 'again')).status).toBe(403);
  });

  test('a repeated completion gives the same answer and places nothing, also after a restart', async () => {
    await using it = await start();
    const upload = await it.uploaded('12345');
    const answers = await Promise.all([it.complete(upload.upload_id), it.complete(upload.upload_id)]);
    it.restart();
    answers.push(await it.complete(upload.upload_id));
    for (const answer of answers) expect(answer.json()).toEqual({ success: true, path: '/workspace/uploads/data.csv' });
    expect(it.runner.requests.filter(({ op }) => op === 'place')).toHaveLength(1);
  });

  test('an upload survives a restart between each of its steps', async () => {
    await using it = await start();
    const upload = await it.request();
    it.restart();
    expect((await it.put(upload.upload_url, '12345')).status).toBe(200);
    it.restart();
    expect((await it.complete(upload.upload_id)).json()).toMatchObject({ path: '/workspace/uploads/data.csv' });
  });

  test('409 upload_incomplete before the bytes came, and after too few', async () => {
    await using it = await start();
    const upload = await it.request();
    expect((await it.complete(upload.upload_id)).json()).toMatchObject({ error: 'upload_incomplete' });
    expect((await it.put(upload.upload_url, '123')).status).toBe(409);
    expect((await it.complete(upload.upload_id)).json()).toMatchObject({ error: 'upload_incomplete' });
    expect((await it.put(upload.upload_url, '12345')).status).toBe(200);
    expect((await it.complete(upload.upload_id)).statusCode).toBe(200);
  });

  test('names are made safe, and no two open uploads or files share one', async () => {
    await using it = await start({ uploads_per_minute: 100 });
    const target = async (filename: string) => (await it.request({ ...text, filename })).target_path;
    expect(await target('../../etc/passwd')).toBe('/workspace/uploads/passwd');
    expect(await target('a\u0000b\u202e.txt')).toBe('/workspace/uploads/ab.txt');
    expect(await target('..')).toBe('/workspace/uploads/file');
    expect(await target('data.csv')).toBe('/workspace/uploads/data.csv');
    expect(await target('data.csv')).toBe('/workspace/uploads/data (2).csv');
    it.runner.files.set('/workspace/uploads/data (3).csv', Buffer.from('the session’s own'));
    expect(await target('data.csv')).toBe('/workspace/uploads/data (4).csv');
    const together = await Promise.all(Array.from({ length: 8 }, () => target('same.txt')));
    expect(new Set(together).size).toBe(8);
  });

  test('a name that the session takes meanwhile is told by the completion', async () => {
    await using it = await start();
    const upload = await it.uploaded('12345');
    it.runner.files.set(upload.target_path, Buffer.from('the session’s own'));
    expect((await it.complete(upload.upload_id)).json()).toEqual({ success: true, path: '/workspace/uploads/data (2).csv' });
  });

  test('413 for a declared size over the limit, 400 for what is no media type', async () => {
    await using it = await start();
    const reply = (body: object) => it.app.call(routes.requestUpload, 'ada', { id: it.id, body });
    expect((await reply({ ...text, size: 104_857_600 })).statusCode).toBe(200);
    expect((await reply({ ...text, size: 104_857_601 })).json()).toMatchObject({ error: 'payload_too_large', status: 413 });
    for (const content_type of ['text', 'text/csv\r\nx: y', 'a/b; c', ' text/csv', 'téxt/csv'])
      expect((await reply({ ...text, content_type })).json()).toMatchObject({ error: 'invalid_request' });
    for (const content_type of ['text/csv', 'text/plain; charset=utf-8', 'application/vnd.ms-excel', 'multipart/form-data; boundary="a b"'])
      expect((await reply({ ...text, content_type })).statusCode).toBe(200);
  });

  test('429 after 10 a minute in one session; refused ones do not count', async () => {
    await using it = await start();
    const reply = (body: object = text) => it.app.call(routes.requestUpload, 'ada', { id: it.id, body });
    for (let number = 0; number < 5; number++) expect((await reply({ ...text, size: 200_000_000 })).statusCode).toBe(413);
    for (let number = 9; number >= 0; number--) expect((await reply()).headers['ratelimit-remaining']).toBe(String(number));
    const refused = await reply();
    expect(refused.json()).toMatchObject({ error: 'rate_limited' });
    expect(refused.headers).toMatchObject({ 'retry-after': expect.any(String), 'ratelimit-limit': '10', 'ratelimit-remaining': '0' });
  });

  test('429 when a session declares more than it may hold open', async () => {
    await using it = await start({ uploads_per_minute: 100 });
    const reply = () => it.app.call(routes.requestUpload, 'ada', { id: it.id, body: { ...text, size: 104_857_600 } });
    for (let number = 0; number < 32; number++) expect((await reply()).statusCode).toBe(200);
    expect((await reply()).json()).toMatchObject({ error: 'rate_limited' });
  });

  test('a machine that comes back in time gets the file; one that does not is 503 with Retry-After', async () => {
    await using it = await start();
    const upload = await it.uploaded('12345');
    it.runner.away = true;
    const late = await it.complete(upload.upload_id);
    expect([late.statusCode, late.headers['retry-after']]).toEqual([503, '2']);
    setTimeout(() => (it.runner.away = false), 600);
    expect((await it.complete(upload.upload_id)).statusCode).toBe(200);
  });

  test('an answer that is lost on the way costs nothing: the file is placed once', async () => {
    await using it = await start();
    const upload = await it.uploaded('12345');
    it.runner.beforeAnswer = () => {
      throw new ApiError('unavailable', 'the link broke');
    };
    expect((await it.complete(upload.upload_id)).json()).toEqual({ success: true, path: '/workspace/uploads/data.csv' });
    expect([...it.runner.files.keys()]).toEqual(['/workspace/uploads/data.csv']);
  });

  test('a full machine is 503 with its reason, and is not asked again and again', async () => {
    await using it = await start();
    const upload = await it.uploaded('12345');
    it.runner.instead.push({ ok: false, body: { code: 'unavailable', message: 'There is no room.' } });
    expect((await it.complete(upload.upload_id)).json()).toMatchObject({ error: 'unavailable', message: 'There is no room.' });
    expect((await it.complete(upload.upload_id)).statusCode).toBe(200);
  });

  test('404 for an upload of another session, and once it is forgotten', async () => {
    await using it = await start();
    const other = (await it.app.call(routes.createSession, 'ada')).json<{ session: Session }>().session.id;
    const upload = await it.uploaded('12345');
    const elsewhere = await it.app.call(routes.completeUpload, 'ada', { id: other, body: { upload_id: upload.upload_id } });
    expect(elsewhere.statusCode).toBe(404);
    it.clock.offset = 2 * 3600 * 1000 + 1000;
    expect((await it.complete(upload.upload_id)).statusCode).toBe(404);
  });
});

describe('download', () => {
  test('gives a link to a copy of the file as it was', async () => {
    await using it = await start();
    it.runner.files.set('out/résumé.txt', Buffer.from('hello'));
    const reply = await it.download('out/résumé.txt');
    const { download_url, size } = reply.json<{ download_url: string; size: number }>();
    expect([reply.statusCode, size]).toEqual([200, 5]);
    it.runner.files.set('out/résumé.txt', Buffer.from('changed'));
    const got = await fetch(download_url);
    expect(await got.text()).toBe('hello');
    expect(got.headers.get('content-disposition')).toContain("filename*=UTF-8''r%C3%A9sum%C3%A9.txt");
  });

  test('what the machine refuses is told', async () => {
    await using it = await start();
    expect((await it.download('nowhere')).json()).toMatchObject({ error: 'not_found' });
    for (const [code, status] of [
      ['invalid_path', 400],
      ['not_found', 404],
      ['payload_too_large', 413],
      ['internal', 500],
    ] as const) {
      it.runner.instead.push({ ok: false, body: { code } });
      expect((await it.download('x')).statusCode).toBe(status);
    }
    expect((await it.download('a\0b')).json()).toMatchObject({ error: 'invalid_path' });
  });

  test('a session’s copies are bounded: the oldest go', async () => {
    await using it = await start({ file_bytes: 1000 });
    it.runner.files.set('a', Buffer.alloc(900));
    const links: string[] = [];
    for (let number = 0; number < 13; number++) links.push((await it.download('a')).json<{ download_url: string }>().download_url);
    const statuses = await Promise.all(links.map(async (link) => (await fetch(link)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(11);
    expect([statuses[0], statuses.at(-1)]).toEqual([404, 200]);
  });
});

describe('all four routes', () => {
  const calls = (it: Awaited<ReturnType<typeof start>>, user: string, id = it.id) =>
    Promise.all([
      it.app.call(routes.requestUpload, user, { id, body: text }),
      it.app.call(routes.completeUpload, user, { id, body: { upload_id: 'upl_x' } }),
      it.app.call(routes.requestDownload, user, { id, body: { path: 'a' } }),
      it.app.call(routes.listFiles, user, { id }),
    ]);

  test('list: what is in a folder', async () => {
    await using it = await start();
    it.runner.files.set('/workspace/a.txt', Buffer.from('abc'));
    const reply = await it.app.call(routes.listFiles, 'ada', { id: it.id, query: { path: 'sub' } });
    expect(reply.json()).toEqual({ entries: [{ name: 'a.txt', type: 'file', size: 3, modified_at: '2026-01-01T00:00:00.000Z' }] });
    expect(it.runner.requests).toEqual([{ op: 'list', path: 'sub' }]);
  });

  test('404 for somebody else’s session, without taking from its budget', async () => {
    await using it = await start();
    for (let number = 0; number < 12; number++)
      expect((await calls(it, 'bob')).map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 404]);
    expect((await it.app.call(routes.requestUpload, 'ada', { id: it.id, body: text })).headers['ratelimit-remaining']).toBe('9');
  });

  test('409 session_not_running when it ended', async () => {
    await using it = await start();
    await it.app.call(routes.terminateSession, 'ada', { id: it.id });
    for (const reply of await calls(it, 'ada')) expect(reply.json()).toMatchObject({ error: 'session_not_running', status: 409 });
  });

  test('a deleted record takes its uploads and bytes with it', async () => {
    await using it = await start();
    const upload = await it.uploaded('12345');
    const open = await it.request();
    await it.app.call(routes.terminateSession, 'ada', { id: it.id });
    await it.app.call(routes.deleteSessionRecord, 'ada', { id: it.id });
    await it.ctx.files.forget(it.id);
    expect(await it.app.ctx.store.uploads.get(upload.upload_id)).toBeNull();
    expect(await it.blobs.list(it.id)).toEqual([]);
    expect((await it.put(open.upload_url, '12345')).status).toBe(403);
  });

  test('a deregistration does too', async () => {
    await using it = await start();
    const upload = await it.uploaded('12345');
    await it.app.call(routes.deregister, 'ada');
    expect(await it.app.ctx.store.uploads.get(upload.upload_id)).toBeNull();
  });

  test('a sweep forgets what expired, and keeps what has not', async () => {
    await using it = await start();
    const upload = await it.uploaded('12345');
    await it.ctx.files.sweep();
    expect(await it.blobs.list(it.id)).toHaveLength(1);
    it.clock.offset = 2 * 3600 * 1000 + 1000;
    await it.ctx.files.sweep();
    expect(await it.blobs.list(it.id)).toEqual([]);
    expect(await it.app.ctx.store.uploads.get(upload.upload_id)).toBeNull();
  });
});
