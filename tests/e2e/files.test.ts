import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { type User, script } from '../harness/user.ts';

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

let system: System;
let user: User;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'files-'));
  system = await System.start({ env: { AI_SESSIONS_IDLE_TIMEOUT: '2s' } });
  user = await system.user();
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const io = (id: string, what: string, body: object, expected?: number) =>
  user.call('POST', `/v1/io/sessions/${id}/${what}`, body, expected);
const curl = async (...args: string[]) =>
  (await run('curl', ['-sS', '-w', '%{http_code}', '-o', path.join(folder, 'reply'), ...args])).stdout;

async function upload(
  id: string,
  filename: string,
  bytes: Buffer | string,
  type = 'text/csv',
): Promise<{ path: string; target: string; uploadId: string }> {
  const size = Buffer.byteLength(bytes);
  const { body } = await io(id, 'upload', { filename, content_type: type, size }, 200);
  const reply = await fetch(String(body['upload_url']), { method: 'PUT', body: bytes, headers: { 'content-type': type } });
  expect(reply.status).toBe(200);
  const done = await io(id, 'upload/complete', { upload_id: body['upload_id'] }, 200);
  return { path: String(done.body['path']), target: String(body['target_path']), uploadId: String(body['upload_id']) };
}

async function download(id: string, file: string): Promise<Buffer> {
  const { body } = await io(id, 'download', { path: file }, 200);
  const bytes = Buffer.from(await (await fetch(String(body['download_url']))).arrayBuffer());
  expect(bytes).toHaveLength(Number(body['size']));
  return bytes;
}

test('the manual’s own commands: curl up, Claude works on the file, curl down; links that lead out give nothing', async () => {
  const { id } = await user.createSession({ permission_mode: 'bypassPermissions' });
  await user.sessionBecomes(id, { status: 'running' });
  await writeFile(path.join(folder, 'data.csv'), 'a,b,c\n');
  const { body } = await io(id, 'upload', { filename: 'data.csv', content_type: 'text/csv', size: 6 }, 200);
  expect(body['target_path']).toBe('/workspace/uploads/data.csv');
  const put = [
    '-X',
    'PUT',
    String(body['upload_url']),
    '-H',
    'Content-Type: text/csv',
    '--data-binary',
    `@${path.join(folder, 'data.csv')}`,
  ];
  expect(await curl(...put)).toBe('200');
  expect(await curl(...put)).toBe('403');
  expect((await io(id, 'upload/complete', { upload_id: body['upload_id'] }, 200)).body).toEqual({
    success: true,
    path: body['target_path'],
  });

  const viewer = await user.view(id);
  const command = [
    'cat /workspace/uploads/data.csv',
    'echo more >> /workspace/uploads/data.csv',
    'cp uploads/data.csv "/workspace/ergebnis ü.txt"',
    'ln -s /etc/passwd leak',
    'ln -s /etc dir',
    'ln -s uploads inner',
    'mkfifo pipe',
    'ls -ln uploads',
  ].join(' && ');
  viewer.prompt(script({ tools: [{ name: 'Bash', input: { command, description: 'work' } }] }, { text: 'It says {{last_tool_result}}' }));
  await viewer.result();
  expect(viewer.text()).toContain('a,b,c');

  const { body: link } = await io(id, 'download', { path: '/workspace/ergebnis ü.txt' }, 200);
  expect(await curl(String(link['download_url']))).toBe('200');
  expect(await readFile(path.join(folder, 'reply'), 'utf8')).toBe('a,b,c\nmore\n');
  expect((await download(id, 'inner/data.csv')).toString()).toBe('a,b,c\nmore\n');
  for (const bad of ['leak', 'dir/passwd', '../home', '/etc/passwd', '/workspace/../etc/passwd', 'pipe', 'uploads'])
    expect((await io(id, 'download', { path: bad })).body, bad).toMatchObject({ error: 'invalid_path', status: 400 });
  expect((await io(id, 'download', { path: 'nowhere' })).status).toBe(404);
  const listed = (await user.call('GET', `/v1/io/sessions/${id}/files`, undefined, 200)).body['entries'] as {
    name: string;
    type: string;
  }[];
  expect(listed.map(({ name, type }) => `${name}: ${type}`)).toEqual([
    'dir: link',
    'ergebnis ü.txt: file',
    'inner: link',
    'leak: link',
    'uploads: directory',
  ]);
  expect((await upload(id, 'data.csv', 'second')).path).toBe('/workspace/uploads/data (2).csv');
  viewer.close();
});

test('over the WebSocket, with errors that name their request', async () => {
  const { id } = await user.createSession();
  const viewer = await user.view(id);
  viewer.send('upload_request', { request_id: 'r1', filename: '../x.txt', content_type: 'text/plain', size: 3 });
  const { payload } = await viewer.frame('upload_url');
  expect(payload).toMatchObject({ request_id: 'r1', target_path: '/workspace/uploads/x.txt' });
  viewer.send('upload_complete', { request_id: 'r2', upload_id: payload.upload_id });
  expect((await viewer.frame('error', (frame) => frame.payload.request_id === 'r2')).payload.code).toBe('upload_incomplete');
  expect((await fetch(payload.upload_url, { method: 'PUT', body: 'abc', headers: { 'content-type': 'text/plain' } })).status).toBe(200);
  viewer.send('upload_complete', { request_id: 'r3', upload_id: payload.upload_id });
  expect((await viewer.frame('upload_done')).payload).toEqual({ request_id: 'r3', path: '/workspace/uploads/x.txt' });
  viewer.send('download_request', { request_id: 'r4', path: 'uploads/x.txt' });
  const link = (await viewer.frame('download_url', (frame) => frame.payload.request_id === 'r4')).payload;
  expect(await (await fetch(link.download_url)).text()).toBe('abc');
  viewer.send('download_request', { request_id: 'r5', path: '/etc/passwd' });
  expect((await viewer.frame('error', (frame) => frame.payload.request_id === 'r5')).payload.code).toBe('invalid_path');
  viewer.send('upload_request', { request_id: 'r6', filename: 'x', content_type: 'text/plain', size: 104_857_601 });
  expect((await viewer.frame('error', (frame) => frame.payload.request_id === 'r6')).payload.code).toBe('payload_too_large');
  viewer.send('upload_request', { request_id: 'r7', filename: 'x', content_type: 'text/plain', size: 104_857_600 });
  expect((await viewer.frame('upload_url', (frame) => frame.payload.request_id === 'r7')).payload.target_path).toBe('/workspace/uploads/x');
  expect(viewer.faults).toEqual([]);
  viewer.close();
});

test('100 MiB exactly goes up and down whole; one byte more is refused', async () => {
  const { id } = await user.createSession();
  const bytes = randomBytes(100 * mebibyte);
  const { path: placed } = await upload(id, 'full.bin', bytes, 'application/octet-stream');
  expect((await download(id, placed)).equals(bytes)).toBe(true);
  const over = { filename: 'over', content_type: 'application/octet-stream', size: bytes.length + 1 };
  expect((await io(id, 'upload', over)).body).toMatchObject({ error: 'payload_too_large', status: 413 });
  await writeFile(path.join(folder, 'over'), Buffer.alloc(bytes.length + 1));
  const { body } = await io(id, 'upload', { ...over, size: bytes.length }, 200);
  const put = ['-X', 'PUT', String(body['upload_url']), '-H', 'Content-Type: application/octet-stream', '-T', path.join(folder, 'over')];
  expect(await curl(...put)).toBe('413');
  expect(await curl(...put, '-H', 'Transfer-Encoding: chunked')).toBe('413');
});

test('a file that the session made too large is payload_too_large', async () => {
  const { id } = await user.createSession({ permission_mode: 'bypassPermissions' });
  const viewer = await user.view(id);
  viewer.prompt(
    script(
      { tools: [{ name: 'Bash', input: { command: 'truncate -s 104857601 large && truncate -s 104857600 full', description: 'make' } }] },
      { text: 'done' },
    ),
  );
  await viewer.result();
  expect((await io(id, 'download', { path: 'large' })).body).toMatchObject({ error: 'payload_too_large', status: 413 });
  expect((await io(id, 'download', { path: 'full' })).status).toBe(200);
  viewer.close();
});

test('a hibernated session is served without being woken', async () => {
  const { id } = await user.createSession();
  await user.sessionBecomes(id, { status: 'running' });
  await user.sessionBecomes(id, { activity: 'hibernated' });
  const { path: placed } = await upload(id, 'asleep.txt', 'zzz');
  expect((await download(id, placed)).toString()).toBe('zzz');
  expect((await user.call('GET', `/v1/io/sessions/${id}/files?path=uploads`, undefined, 200)).body['entries']).toHaveLength(1);
  expect((await user.session(id)).activity).toBe('hibernated');
});

test('an upload outlives the death of the server between its steps, and of the runner before the last', async () => {
  const { id } = await user.createSession();
  await user.sessionBecomes(id, { status: 'running' });
  const { body } = await io(id, 'upload', { filename: 'a.txt', content_type: 'text/plain', size: 5 }, 200);
  await system.kill('server');
  await system.ready();
  const reply = await fetch(String(body['upload_url']), { method: 'PUT', body: 'abcde', headers: { 'content-type': 'text/plain' } });
  expect(reply.status).toBe(200);
  await system.kill('server');
  await system.ready();
  await system.kill('runner');
  const done = await io(id, 'upload/complete', { upload_id: body['upload_id'] });
  expect(done).toEqual({ status: 200, body: { success: true, path: '/workspace/uploads/a.txt' } });
  expect(await io(id, 'upload/complete', { upload_id: body['upload_id'] })).toEqual(done);
  expect((await download(id, 'uploads/a.txt')).toString()).toBe('abcde');
});

test('a deleted record leaves no byte, and its links are over', async () => {
  const { id } = await user.createSession();
  const { path: placed } = await upload(id, 'a.txt', 'abc');
  const { body: link } = await io(id, 'download', { path: placed }, 200);
  const { body: open } = await io(id, 'upload', { filename: 'b', content_type: 'text/plain', size: 1 }, 200);
  const { path: large } = await upload(id, 'large.bin', Buffer.alloc(64 * mebibyte), 'application/octet-stream');
  const reading = (await fetch(String((await io(id, 'download', { path: large }, 200)).body['download_url']))).body?.getReader();
  await reading?.read();
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
  for (const [what, body] of [
    ['upload', { filename: 'c', content_type: 'text/plain', size: 1 }],
    ['download', { path: placed }],
  ] as const)
    expect((await io(id, what, body)).body).toMatchObject({ error: 'session_not_running', status: 409 });
  await user.call('DELETE', `/v1/sessions/${id}/record`, undefined, 200);
  await expect.poll(async () => (await fetch(String(link['download_url']))).status).toBe(404);
  // A download under way is cut.
  const rest = async () => {
    while ((await reading?.read())?.done === false);
  };
  await expect(rest()).rejects.toThrow();
  expect((await fetch(String(open['upload_url']), { method: 'PUT', body: 'x', headers: { 'content-type': 'text/plain' } })).status).toBe(
    403,
  );
  expect(existsSync(path.join(system.dataDir, 'blobs', id))).toBe(false);
  const sessionFolder = path.join(system.dataDir, 'runner/sessions', id);
  await expect.poll(() => (existsSync(sessionFolder) ? readdirSync(sessionFolder) : [])).toEqual([]);
  expect(readdirSync(path.join(system.dataDir, 'blobs'))).toContain(`${id}.gone`);
});
