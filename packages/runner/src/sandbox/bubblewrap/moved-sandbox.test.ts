import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseSandboxLimits } from '../sandbox-limits.ts';
import type { Sandbox } from '../sandbox.ts';
import { BubblewrapDriver } from './bubblewrap-driver.ts';

const env = { PATH: '/usr/bin:/bin' };
const limits = parseSandboxLimits(undefined);
let data: string;
let driver: BubblewrapDriver;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'moved '));
  driver = new BubblewrapDriver({ stateDir: join(data, 'state') });
});
afterEach(() => rm(data, { recursive: true, force: true }));

const root = (name: string): string => join(data, 'sessions', name);
const park = (): Promise<Sandbox> => driver.create({ sessionId: 'parked', root: root('parked'), limits });
const say = async (sandbox: Sandbox, script: string): Promise<string> =>
  (await text(sandbox.spawn('/bin/sh', ['-c', script], { env }).stdout)).trim();

test('what runs inside goes on, with its folders and sockets, and writes into the session', async () => {
  await using sandbox = await park();
  const address = sandbox.socketAddress('told.sock');
  const server = await listen(address.host);
  await sandbox.adopt(address.host);
  const program = sandbox.spawn(
    '/bin/sh',
    ['-c', `echo up; read line; echo $line > here; echo $line > ~/there; pwd; socat - UNIX-CONNECT:${address.inside}`],
    { env },
  );
  await once(program.stdout, 'readable');
  await sandbox.moveTo({ sessionId: 'mine', root: root('mine') });
  program.stdin.end('kept\n');
  expect(await text(program.stdout)).toBe('up\n/workspace\nheard');
  server.close();
  expect(sandbox.sessionId).toBe('mine');
  expect(sandbox.paths.hostWorkspace).toBe(join(root('mine'), 'workspace'));
  expect(await readFile(join(sandbox.paths.hostWorkspace, 'here'), 'utf8')).toBe('kept\n');
  expect(await readFile(join(sandbox.paths.hostHome, 'there'), 'utf8')).toBe('kept\n');
  expect(await say(sandbox, 'cat /workspace/here ~/there')).toBe('kept\nkept');
  expect(existsSync(join(root('parked'), 'workspace'))).toBe(false);
  const later = sandbox.socketAddress('later.sock');
  const second = await listen(later.host);
  await sandbox.adopt(later.host);
  expect(await say(sandbox, `socat - UNIX-CONNECT:${later.inside}`)).toBe('heard');
  second.close();
});

test('the next sandbox of the session finds its files, and they are its own', async () => {
  const sandbox = await park();
  await say(sandbox, 'echo mine > /workspace/file');
  await sandbox.moveTo({ sessionId: 'mine', root: root('mine') });
  await sandbox.kill();
  expect(existsSync(join(root('mine'), 'run'))).toBe(false);
  await using again = await driver.create({ sessionId: 'mine', root: root('mine'), limits });
  expect(await say(again, 'echo more >> file && cat file; stat -c %U file')).toBe('mine\nmore\nagent');
});

test('a session that has files keeps them: the move is refused and moves nothing', async () => {
  await mkdir(join(root('mine'), 'workspace'), { recursive: true });
  await writeFile(join(root('mine'), 'workspace', 'upload'), 'precious');
  const sandbox = await park();
  await expect(sandbox.moveTo({ sessionId: 'mine', root: root('mine') })).rejects.toThrow(/there already/);
  expect((await stat(join(root('parked'), 'workspace'))).isDirectory()).toBe(true);
  await sandbox.kill();
  await using cold = await driver.create({ sessionId: 'mine', root: root('mine'), limits });
  expect(await say(cold, 'cat upload; echo x > new && echo written')).toBe('preciouswritten');
});

test('never onto a session that has a sandbox open, and none opens beside it', async () => {
  await using open = await driver.create({ sessionId: 'mine', root: root('mine'), limits });
  await using sandbox = await park();
  await expect(sandbox.moveTo({ sessionId: 'mine', root: root('mine') })).rejects.toThrow(/open on/);
  await expect(driver.create({ sessionId: 'mine', root: root('mine'), limits })).rejects.toThrow(/open on/);
  expect(await say(open, 'echo fine')).toBe('fine');
  await sandbox.moveTo({ sessionId: 'other', root: root('other') });
  await expect(driver.create({ sessionId: 'other', root: root('other'), limits })).rejects.toThrow(/open on/);
});

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.end('heard'));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
