import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, link, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WorkspaceRequest } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FileServer, startFileServer, token } from './file-server.fixture.ts';
import { type WorkspaceFiles, createWorkspaceFiles } from './workspace-files.ts';

const session = 'ses_a';
const asRoot = process.getuid?.() === 0;
const mebibyte = 1024 * 1024;

let folder: string;
let workspace: string;
let outside: string;
let server: FileServer;
let files: WorkspaceFiles;

const open = () =>
  createWorkspaceFiles({
    runInside: () => Promise.reject(new Error('no sandbox here')),
    serverUrl: server.url,
    token: () => token,
    sessionFolder: (id) => path.join(folder, id),
    log: pino({ level: 'silent' }),
  });
const ask = async (request: WorkspaceRequest) =>
  (await files.answer({ type: 'workspace', request_id: 'r', session_id: session, request })) as {
    ok: boolean;
    body: Record<string, unknown>;
  };
const codeOf = async (request: WorkspaceRequest) => {
  const { ok, body } = await ask(request);
  return ok ? 'ok' : body['code'];
};
const send = (file: string) => ask({ op: 'send', path: file, url: '/internal/files/ses_a/out' });
const sent = () => server.blobs.get('ses_a/out');
const place = (filename: string, bytes: Buffer | string, key: string) => {
  const content = Buffer.from(bytes);
  server.blobs.set(`ses_a/${key}`, content);
  return ask({ op: 'place', filename, url: `/internal/files/ses_a/${key}`, size: content.length, key });
};

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ai-sessions-workspace-'));
  workspace = path.join(folder, session, 'workspace');
  outside = path.join(folder, 'outside');
  await mkdir(workspace, { recursive: true });
  await mkdir(outside);
  await writeFile(path.join(outside, 'secret'), 'of the host');
  server = await startFileServer();
  files = open();
});
afterEach(async () => {
  await files[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('paths', () => {
  test.each([
    ['a.txt', 'ok'],
    ['./a.txt', 'ok'],
    ['/workspace/a.txt', 'ok'],
    ['//workspace//a.txt', 'ok'],
    ['/workspace/sub/../a.txt', 'ok'],
    ['sub/b.txt', 'ok'],
    ['', 'ok'],
    ['.', 'ok'],
    ['/workspace', 'ok'],
    ['/workspace/', 'ok'],
    ['inner/b.txt', 'ok'],
    ['chain/b.txt', 'ok'],
    ['absolute', 'ok'],
    ['nowhere', 'not_found'],
    ['a.txt/b', 'not_found'],
    ['dangling', 'not_found'],
    ['x'.repeat(300), 'not_found'],
    ['..', 'invalid_path'],
    ['../outside/secret', 'invalid_path'],
    ['nowhere/../../outside', 'invalid_path'],
    ['/', 'invalid_path'],
    ['/etc/passwd', 'invalid_path'],
    ['/workspace/../etc/passwd', 'invalid_path'],
    ['/workspaces', 'invalid_path'],
    ['a\0b', 'invalid_path'],
    ['out', 'invalid_path'],
    ['out/secret', 'invalid_path'],
    ['up', 'invalid_path'],
    ['loop', 'invalid_path'],
    ['sub/climb/secret', 'invalid_path'],
  ])('stat %j is %s', async (given, expected) => {
    await mkdir(path.join(workspace, 'sub'));
    await writeFile(path.join(workspace, 'a.txt'), 'a');
    await writeFile(path.join(workspace, 'sub/b.txt'), 'b');
    const links = {
      inner: 'sub',
      chain: './inner/../inner',
      absolute: '/workspace/sub/b.txt',
      dangling: 'gone',
      out: outside,
      up: '..',
      loop: 'loop',
      'sub/climb': '../../../outside',
    };
    for (const [name, target] of Object.entries(links)) await symlink(target, path.join(workspace, name));
    expect(await codeOf({ op: 'stat', path: given })).toBe(expected);
  });

  test('no text of a path leads out', async () => {
    await writeFile(path.join(workspace, 'secret'), 'inside');
    await symlink(folder, path.join(workspace, 'l'));
    const segment = fc.constantFrom('..', '.', '', 'l', 'outside', 'workspace', 'secret', '/', '\\', '%2e%2e', '..\0', session);
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 8 }), fc.boolean(), async (segments, absolute) => {
        server.blobs.clear();
        await send((absolute ? '/' : '') + segments.join('/'));
        expect(sent()?.toString() ?? 'inside').toBe('inside');
      }),
      { numRuns: 500 },
    );
  });
});

describe('list and stat', () => {
  test('list tells files, folders and links by name, and nothing else', async () => {
    await mkdir(path.join(workspace, 'dir'));
    await writeFile(path.join(workspace, 'b ü.txt'), 'abc');
    await symlink('/etc/passwd', path.join(workspace, 'a'));
    execFileSync('mkfifo', [path.join(workspace, 'fifo')]);
    await using socket = createServer().listen(path.join(workspace, 'sock'));
    await once(socket, 'listening');
    await utimes(path.join(workspace, 'dir'), 1_700_000_000, 1_700_000_000.5);
    expect((await ask({ op: 'list', path: '/workspace' })).body['entries']).toEqual([
      { name: 'a', type: 'link', size: 0, modified_at: expect.any(String) },
      { name: 'b ü.txt', type: 'file', size: 3, modified_at: expect.any(String) },
      { name: 'dir', type: 'directory', size: 0, modified_at: '2023-11-14T22:13:20.500Z' },
    ]);
    expect(await codeOf({ op: 'list', path: 'b ü.txt' })).toBe('invalid_path');
    expect(await codeOf({ op: 'list', path: 'a' })).toBe('invalid_path');
    expect(await codeOf({ op: 'list', path: 'nowhere' })).toBe('not_found');
    expect(await codeOf({ op: 'stat', path: 'fifo' })).toBe('invalid_path');
  });

  test('names that are no UTF-8 and times that no calendar knows are told as well as can be', async () => {
    execFileSync(
      'sh',
      [
        '-c',
        String.raw`printf x > "$(printf 'bad\377name')"; touch -d '300000-01-01' future 2>/dev/null || touch future; touch -d '1901-01-01' past`,
      ],
      { cwd: workspace },
    );
    const entries = (await ask({ op: 'list', path: '' })).body['entries'] as { name: string; size: number; modified_at: string }[];
    expect(entries.map(({ name }) => name)).toEqual(['bad\ufffdname', 'future', 'past']);
    expect(entries[0]?.size).toBe(1);
    for (const { modified_at } of entries) expect(modified_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('a folder of more than 10,000 is cut there', async () => {
    execFileSync('sh', ['-c', 'seq 1 10050 | xargs touch'], { cwd: workspace });
    expect((await ask({ op: 'list', path: '' })).body['entries']).toHaveLength(10_000);
  });

  test('a path holds no more than so many of the runner’s descriptors', async () => {
    const deep = Array.from({ length: 129 }, () => 'd');
    await mkdir(path.join(workspace, ...deep), { recursive: true });
    expect(await codeOf({ op: 'list', path: deep.slice(0, 128).join('/') })).toBe('ok');
    expect(await codeOf({ op: 'list', path: deep.join('/') })).toBe('invalid_path');
  });

  test('a session that has not begun has an empty workspace', async () => {
    await rm(workspace, { recursive: true });
    expect(await ask({ op: 'list', path: '' })).toEqual({ ok: true, body: { entries: [] } });
    expect(await codeOf({ op: 'stat', path: 'uploads/a' })).toBe('not_found');
  });
});

describe('send', () => {
  test('sends the bytes with the runner’s secret', async () => {
    for (const size of [0, 1, 300_000]) {
      const bytes = randomBytes(size);
      await writeFile(path.join(workspace, 'a'), bytes);
      expect(await send('a')).toEqual({ ok: true, body: { size } });
      expect(sent()?.equals(bytes)).toBe(true);
    }
    expect([...server.bearers]).toEqual([`Bearer ${token}`]);
  });

  test('shows its secret to nobody but the server', async () => {
    await using elsewhere = await startFileServer();
    await writeFile(path.join(workspace, 'a'), 'x');
    expect((await ask({ op: 'send', path: 'a', url: `${elsewhere.url}/internal/files/out` })).ok).toBe(true);
    expect([...elsewhere.bearers]).toEqual(['none']);
  });

  test('folders, FIFOs, devices and other people’s hard links are invalid_path; none is opened', async () => {
    await mkdir(path.join(workspace, 'dir'));
    execFileSync('mkfifo', [path.join(workspace, 'fifo')]);
    for (const name of ['dir', 'fifo', '']) expect((await send(name)).body).toMatchObject({ code: 'invalid_path' });
    if (asRoot) {
      execFileSync('mknod', [path.join(workspace, 'zero'), 'c', '1', '5']);
      expect((await send('zero')).body).toMatchObject({ code: 'invalid_path' });
      await chown(workspace, 70_001, 70_001);
      await link(path.join(outside, 'secret'), path.join(workspace, 'hard'));
      expect((await send('hard')).body).toMatchObject({ code: 'invalid_path' });
      await writeFile(path.join(workspace, 'own'), 'own');
      await chown(path.join(workspace, 'own'), 70_001, 70_001);
      await link(path.join(workspace, 'own'), path.join(workspace, 'own too'));
      expect((await send('own too')).ok).toBe(true);
    }
    expect(sent()?.toString()).toBe(asRoot ? 'own' : undefined);
  });

  test('a file over the server’s limit is payload_too_large, and costs no time', async () => {
    server.maxBytes = 1000;
    await writeFile(path.join(workspace, 'large'), '');
    await truncate(path.join(workspace, 'large'), 300 * mebibyte);
    expect((await send('large')).body).toMatchObject({ code: 'payload_too_large' });
  });

  test('a server that is away is unavailable, without a message: the server asks again', async () => {
    await writeFile(path.join(workspace, 'a'), 'x');
    await server[Symbol.asyncDispose]();
    expect(await send('a')).toEqual({ ok: false, body: { code: 'unavailable' } });
    server = await startFileServer();
  });

  test('100 MiB in constant memory', async () => {
    await writeFile(path.join(workspace, 'large'), '');
    await truncate(path.join(workspace, 'large'), 100 * mebibyte);
    await using sink = await startSink();
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => void (peak = Math.max(peak, process.memoryUsage.rss())), 5);
    expect(await ask({ op: 'send', path: 'large', url: sink.url })).toEqual({ ok: true, body: { size: 100 * mebibyte } });
    clearInterval(watch);
    process.stdout.write(`peak RSS while 100 MiB went out: +${Math.round((peak - before) / mebibyte)} MiB\n`);
  });
});

describe('place', () => {
  test('puts the file into uploads, whole, readable, and owned by the session', async () => {
    if (asRoot) await chown(workspace, 70_001, 70_001);
    const bytes = randomBytes(3 * mebibyte);
    expect(await place('a.bin', bytes, 'k1')).toEqual({ ok: true, body: { path: '/workspace/uploads/a.bin' } });
    const file = path.join(workspace, 'uploads/a.bin');
    expect((await readFile(file)).equals(bytes)).toBe(true);
    const stats = await stat(file);
    expect([stats.mode & 0o7777, stats.nlink]).toEqual([0o644, 1]);
    if (asRoot) expect([stats.uid, stats.gid, (await stat(path.dirname(file))).uid]).toEqual([70_001, 70_001, 70_001]);
    expect(await readdir(path.join(folder, session, 'incoming'))).toEqual(['k1.json']);
  });

  test('makes the folders of a session that has not begun', async () => {
    await rm(path.join(folder, session), { recursive: true });
    expect((await place('a', 'x', 'k1')).ok).toBe(true);
    expect((await stat(workspace)).mode & 0o777).toBe(0o700);
  });

  test('is done once per key, also asked at once, and by a runner that started anew', async () => {
    const answers = await Promise.all([place('a', 'x', 'k1'), place('a', 'x', 'k1')]);
    await files[Symbol.asyncDispose]();
    files = open();
    server.blobs.clear();
    answers.push(await ask({ op: 'place', filename: 'a', url: '/internal/files/ses_a/k1', size: 1, key: 'k1' }));
    for (const answer of answers) expect(answer).toEqual({ ok: true, body: { path: '/workspace/uploads/a' } });
    expect(await readdir(path.join(workspace, 'uploads'))).toEqual(['a']);
  });

  test('a runner that died between the file and its receipt finds the file again', async () => {
    const incoming = path.join(folder, session, 'incoming');
    await place('a', 'first', 'k0');
    await place('a', 'second', 'k1');
    // The state as it was before the receipt: both names of the file are there.
    await link(path.join(workspace, 'uploads/a (2)'), path.join(incoming, 'k1.part'));
    await rm(path.join(incoming, 'k1.json'));
    server.blobs.clear();
    expect(await ask({ op: 'place', filename: 'a', url: '/internal/files/ses_a/k1', size: 6, key: 'k1' })).toEqual({
      ok: true,
      body: { path: '/workspace/uploads/a (2)' },
    });
    expect((await readdir(path.join(workspace, 'uploads'))).sort()).toEqual(['a', 'a (2)']);
  });

  test('never replaces anything: files, folders, and links, dangling or not', async () => {
    const uploads = path.join(workspace, 'uploads');
    await mkdir(path.join(uploads, 'a (2).txt'), { recursive: true });
    await writeFile(path.join(uploads, 'a.txt'), 'mine');
    await symlink(path.join(outside, 'new'), path.join(uploads, 'a (3).txt'));
    await symlink(path.join(outside, 'secret'), path.join(uploads, 'a (4).txt'));
    expect(await place('a.txt', 'theirs', 'k1')).toMatchObject({ body: { path: '/workspace/uploads/a (5).txt' } });
    expect(await readFile(path.join(uploads, 'a.txt'), 'utf8')).toBe('mine');
    expect(await readdir(outside)).toEqual(['secret']);
    expect(await readFile(path.join(outside, 'secret'), 'utf8')).toBe('of the host');
  });

  test('keys and names cannot lead anywhere', async () => {
    expect((await ask({ op: 'place', filename: 'a', url: '/x', size: 1, key: '../../x' })).ok).toBe(false);
    expect(await place('../../../outside/x', 'x', 'k1')).toMatchObject({ body: { path: '/workspace/uploads/x' } });
    expect(await readdir(outside)).toEqual(['secret']);
  });

  test('refuses when something else stands in the folder’s place', async () => {
    await symlink(outside, path.join(workspace, 'uploads'));
    expect((await place('a', 'x', 'k1')).body).toMatchObject({ code: 'invalid_path' });
    await rm(path.join(workspace, 'uploads'));
    await writeFile(path.join(workspace, 'uploads'), '');
    expect((await place('a', 'x', 'k2')).body).toMatchObject({ code: 'invalid_path' });
    expect(await readdir(outside)).toEqual(['secret']);
  });

  test('a fetch that breaks leaves nothing, and may be asked for again', async () => {
    server.cutAfter = 1000;
    expect((await place('a', randomBytes(100_000), 'k1')).ok).toBe(false);
    expect(await readdir(workspace)).toEqual([]);
    expect(await readdir(path.join(folder, session, 'incoming'))).toEqual([]);
    server.cutAfter = Infinity;
    expect((await place('a', randomBytes(100_000), 'k1')).ok).toBe(true);
  });

  test.skipIf(!asRoot)('a full disk is unavailable with its reason, and leaves nothing (a tmpfs; only root may mount one)', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path.join(folder, session)]);
    try {
      expect(await place('a', randomBytes(2 * mebibyte), 'k1')).toEqual({
        ok: false,
        body: { code: 'unavailable', message: expect.stringContaining('no room') },
      });
      expect(await readdir(path.join(folder, session), { recursive: true })).toEqual(['incoming', 'workspace']);
      expect((await place('a', 'x', 'k1')).ok).toBe(true);
    } finally {
      execFileSync('umount', ['-l', path.join(folder, session)]);
    }
  });
});

describe('packing a folder', () => {
  const pack = (folderPath: string) => ask({ op: 'send_zip', path: folderPath, url: '/internal/files/ses_a/zip' });
  /** Names and contents of the archive, as another program reads it. */
  const unpacked = async () => {
    const archive = path.join(folder, 'archive.zip');
    await writeFile(archive, server.blobs.get('ses_a/zip') ?? '');
    const script =
      'import sys,zipfile,json; z=zipfile.ZipFile(sys.argv[1]); print(json.dumps({n:z.read(n).decode() for n in z.namelist()}))';
    return JSON.parse(execFileSync('python3', ['-c', script, archive], { encoding: 'utf8' })) as Record<string, string>;
  };

  test('holds its files and folders, empty ones too, and no link', async () => {
    await mkdir(path.join(workspace, 'd/empty'), { recursive: true });
    await mkdir(path.join(workspace, 'd/sub'));
    await writeFile(path.join(workspace, 'd/a.txt'), 'A');
    await writeFile(path.join(workspace, 'd/sub/ü b.txt'), 'B');
    await writeFile(path.join(workspace, 'd/..\\..\\evil'), 'C');
    await symlink(path.join(outside, 'secret'), path.join(workspace, 'd/link'));
    await symlink(outside, path.join(workspace, 'd/folder-link'));
    const { ok, body } = await pack('d');
    expect(ok).toBe(true);
    expect(body).toEqual({ size: server.blobs.get('ses_a/zip')?.length });
    expect(await unpacked()).toEqual({ 'a.txt': 'A', 'empty/': '', 'sub/': '', 'sub/ü b.txt': 'B', '.._.._evil': 'C' });
  });

  test('of the whole workspace, also of more than a process may have open', async () => {
    for (let n = 0; n < 3000; n++) await writeFile(path.join(workspace, `f${n}`), `${n}`);
    expect((await pack('.')).ok).toBe(true);
    expect(Object.keys(await unpacked())).toHaveLength(3000);
  });

  test('is refused for a file, for what is not there, and where it is too large', async () => {
    await writeFile(path.join(workspace, 'f'), 'x');
    expect((await pack('f')).body).toMatchObject({ code: 'invalid_path' });
    expect((await pack('nothing')).body).toMatchObject({ code: 'not_found' });
    expect((await pack('../outside')).body).toMatchObject({ code: 'invalid_path' });
  });
});

describe('a session that swaps a folder and a link all the while', () => {
  const attack = async (place: string) => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'swapper.fixture.ts'), place, outside], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return {
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await once(child, 'exit');
      },
    };
  };

  test('is never given bytes of outside', async () => {
    await mkdir(path.join(workspace, 'd'));
    await writeFile(path.join(workspace, 'd/secret'), 'of the session');
    const outcomes = new Map<string, number>();
    const count = (what: string) => outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
    {
      await using _attacker = await attack(path.join(workspace, 'd'));
      for (let round = 0; round < 400; round++) {
        server.blobs.clear();
        const { ok, body } = await send('d/secret');
        count(ok ? `send: ${sent()?.toString()}` : `send: ${String(body['code'])}`);
        const listed = await ask({ op: 'list', path: 'd' });
        count(listed.ok ? 'list: ok' : `list: ${String(listed.body['code'])}`);
        const told = await ask({ op: 'stat', path: 'd/secret' });
        count(told.ok ? `stat: ${String(told.body['size'])}` : `stat: ${String(told.body['code'])}`);
      }
    }
    process.stdout.write(`while swapping: ${JSON.stringify(Object.fromEntries(outcomes))}\n`);
    expect(
      [...outcomes.keys()].filter(
        (what) => !['send: of the session', 'stat: 14', 'list: ok'].includes(what) && !/: (invalid_path|not_found)$/.test(what),
      ),
    ).toEqual([]);
    expect(outcomes.get('send: of the session')).toBeGreaterThan(0);
    expect(outcomes.get('send: invalid_path')).toBeGreaterThan(0);
  });

  test('is never made to write outside', async () => {
    await mkdir(path.join(workspace, 'uploads'));
    let placed = 0;
    {
      await using _attacker = await attack(path.join(workspace, 'uploads'));
      for (let round = 0; round < 150; round++) {
        const { ok, body } = await place(`f${round}`, 'x', `k${round}`);
        if (ok) placed++;
        else expect(['invalid_path', 'unavailable', 'not_found']).toContain(body['code']);
      }
    }
    process.stdout.write(`while swapping: ${placed} of 150 placed\n`);
    expect(placed).toBeGreaterThan(0);
    expect(await readdir(outside)).toEqual(['secret']);
    // Every file that was told to be placed is in the workspace, under whatever the folder is called now.
    const there = await readdir(workspace, { recursive: true, withFileTypes: true });
    expect(there.filter((entry) => entry.isFile())).toHaveLength(placed);
  });
});

async function startSink() {
  const { createServer: createHttp } = await import('node:http');
  const http = createHttp((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200).end());
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/sink`, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => http.close(() => resolve())) };
}
