import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolders, sandboxFolders } from '../sandbox-folders.ts';
import { parseSandboxLimits } from '../sandbox-limits.ts';
import { BubblewrapDriver } from './bubblewrap-driver.ts';
import { chooseSessionUser, readSessionUser } from './session-user.ts';

const asRoot = process.getuid?.() === 0;
const range = { first: 100, count: 4 };

const projectFolder = resolve(import.meta.dirname, '../../../../..');

describe('the choice of a user', () => {
  test('stays with the earlier one', () => {
    expect(chooseSessionUser('a', 102, new Set([101]), range)).toBe(102);
  });

  test('follows from the name', () => {
    expect(chooseSessionUser('a', undefined, new Set(), range)).toBe(chooseSessionUser('a', undefined, new Set(), range));
    const wide = { first: 70_000, count: 20_000 };
    const users = new Set(Array.from({ length: 100 }, (_, index) => chooseSessionUser(`session-${index}`, undefined, new Set(), wide)));
    expect(users.size).toBeGreaterThan(95);
  });

  test('avoids those taken, until none is left', () => {
    const taken = new Set<number>();
    for (let turn = 0; turn < range.count; turn++) taken.add(chooseSessionUser('a', 100, taken, range));
    expect([...taken].toSorted((a, b) => a - b)).toEqual([100, 101, 102, 103]);
    expect(() => chooseSessionUser('a', undefined, taken, range)).toThrow(/all 4 user ids/);
  });
});

describe('on the host', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'session-user-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    ['', undefined],
    ['101\n', 101],
    ['0\n', undefined],
    ['104\n', undefined],
    ['x', undefined],
  ])('a file that says %j means %j', async (content, uid) => {
    await writeFile(join(folder, 'sandbox-uid'), content);
    expect(await readSessionUser(folder, range)).toBe(uid);
  });

  test('the user stays the same, and what the host wrote before belongs to it', async ({ skip }) => {
    if (!asRoot) skip('the tests do not run as root: sessions have the user of the runner');
    const root = join(folder, 'session');
    const folders = sandboxFolders(root);
    await makeFolders(folders);
    const outside = join(folder, 'outside');
    await writeFile(outside, '');
    await writeFile(join(folders.workspace, 'file'), '');
    await symlink(outside, join(folders.workspace, 'link'));
    const driver = new BubblewrapDriver({ stateDir: join(folder, 'state') });
    const uids: number[] = [];
    for (let turn = 0; turn < 2; turn++) {
      await using sandbox = await driver.create({ sessionId: 'session', root, limits: parseSandboxLimits(undefined) });
      expect(await sandbox.spawn('/bin/sh', ['-c', 'echo x >> file'], { env: {} }).outcome).toMatchObject({ exitCode: 0 });
      uids.push((await stat(join(folders.workspace, 'file'))).uid);
    }
    expect(uids[0]).toBe(uids[1]);
    expect(uids[0]).toBe(Number(await readFile(join(root, 'sandbox-uid'), 'utf8')));
    expect((await stat(outside)).uid).toBe(0);
  });

  test('a runner that is not root makes sandboxes of its own user', async ({ skip }) => {
    if (!asRoot) skip('the tests run as a user already: every other test shows it');
    const program = join(import.meta.dirname, '../fixtures/self-test.ts');
    const mine = join(folder, 'not-root');
    const bomb = `import os,time
n = 0
try:
    while True:
        if os.fork() == 0: time.sleep(60); os._exit(0)
        n += 1
except OSError: print("forks", n)`;
    const script = `id -u; cat /proc/self/uid_map; echo kept > file; stat -c %U file; python3 -c '${bomb}'`;
    await chmod(folder, 0o711);
    execFileSync('install', ['-d', '-m', '700', '-o', '61234', '-g', '61234', mine]);
    const drop = ['--reuid', '61234', '--regid', '61234', '--clear-groups'];
    // The project may lie in a folder that others cannot enter: they get it under another name, in a mount namespace of their own.
    const shown = (file: string) => join('/mnt', relative(projectFolder, file));
    const command = [...drop, shown(process.execPath), shown(program), mine, '{"pids":40}', script];
    const bind = `mount --bind "$0" /mnt && exec setpriv "$@"`;
    const said = execFileSync('unshare', ['--mount', 'sh', '-c', bind, projectFolder, ...command], { cwd: '/', encoding: 'utf8' });
    const result: unknown = JSON.parse(said);
    expect(result).toMatchObject({ probe: { ok: true, problems: [] }, outcome: { exitCode: 0 } });
    expect(result).toHaveProperty('stdout', expect.stringMatching(/^1000\n +1000 +\d+ +1\nagent\nforks 3\d\n$/));
    expect(result).toHaveProperty('probe.notes', expect.arrayContaining([expect.stringMatching(/not root/)]));
  });

  test('more sandboxes than users are refused', async ({ skip }) => {
    if (!asRoot) skip('the tests do not run as root: sessions have the user of the runner');
    const driver = new BubblewrapDriver({ stateDir: join(folder, 'few'), users: { first: 70_000, count: 1 } });
    const limits = parseSandboxLimits(undefined);
    await using first = await driver.create({ sessionId: 'one', root: join(folder, 'one'), limits });
    await expect(driver.create({ sessionId: 'two', root: join(folder, 'two'), limits })).rejects.toThrow(/all 1 user ids/);
    expect(await text(first.spawn('/bin/echo', ['on'], { env: {} }).stdout)).toBe('on\n');
  });
});
