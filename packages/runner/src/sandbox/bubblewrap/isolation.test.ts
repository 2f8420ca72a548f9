import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCgroups } from '../cgroup/cgroups.ts';
import { findHostProcesses, readHostProcesses } from '../fixtures/host-processes.ts';
import { parseSandboxLimits, type SandboxLimits } from '../sandbox-limits.ts';
import type { ReadOnlyMount, Sandbox, SandboxSpawnOptions } from '../sandbox.ts';
import { BubblewrapDriver } from './bubblewrap-driver.ts';
import { DEFAULT_USERS } from './user-range.ts';

const CLAUDE = join(import.meta.dirname, `../../../../../node_modules/@anthropic-ai/claude-agent-sdk-linux-${process.arch}/claude`);
const asRoot = process.getuid?.() === 0;
const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
const cgroups = await findCgroups();

let data: string;
let driver: BubblewrapDriver;
let sessions = 0;

beforeAll(async () => {
  data = join(await mkdtemp(join(tmpdir(), 'isolation-')), 'data folder');
  await mkdir(data, { mode: 0o700 });
  driver = new BubblewrapDriver({ stateDir: join(data, 'sandboxes') });
});

afterAll(async () => {
  await rm(join(data, '..'), { recursive: true, force: true });
});

function open(limits: Partial<SandboxLimits> = {}, readOnlyMounts: ReadOnlyMount[] = []): Promise<Sandbox> {
  const sessionId = `isolated-${++sessions}`;
  const all = { ...parseSandboxLimits(undefined), ...limits };
  return driver.create({ sessionId, root: join(data, 'sessions', sessionId), limits: all, readOnlyMounts });
}

/** What a shell script inside says, stdout and stderr together. */
async function say(sandbox: Sandbox, script: string): Promise<string> {
  const program = sandbox.spawn('/bin/bash', ['-c', `exec 2>&1; ${script}`], { env });
  return (await text(program.stdout)).trimEnd();
}

async function sayOnce(script: string): Promise<string> {
  await using sandbox = await open();
  return await say(sandbox, script);
}

describe('who it is', () => {
  test('an unprivileged user without groups', async () => {
    expect(await sayOnce('id; whoami; echo ~')).toBe('uid=1000(agent) gid=1000(agent) groups=1000(agent)\nagent\n/home/agent');
  });

  test('without any capability, and none can be gained', async () => {
    const lines = (await sayOnce('grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status')).split('\n').map((line) => line.split('\t'));
    const none = '0000000000000000';
    expect(Object.fromEntries(lines)).toEqual({
      'CapInh:': none,
      'CapPrm:': none,
      'CapEff:': none,
      'CapBnd:': none,
      'CapAmb:': none,
      'NoNewPrivs:': '1',
      'Seccomp:': '2',
    });
  });

  test('on the host a user of its own, never root', async ({ skip }) => {
    if (!asRoot) skip('the tests do not run as root: sessions have the user of the runner');
    await using first = await open();
    await using second = await open();
    const uids = await Promise.all([first, second].map(hostUser));
    for (const uid of uids) {
      expect(uid).toBeGreaterThanOrEqual(DEFAULT_USERS.first);
      expect(uid).toBeLessThan(DEFAULT_USERS.first + DEFAULT_USERS.count);
    }
    expect(uids[0]).not.toBe(uids[1]);
    expect((await stat(join(first.paths.hostWorkspace))).uid).toBe(uids[0]);
  });

  test('no priority over others, and none can be gained', async () => {
    const said = (await sayOnce('ulimit -Hr; chrt -f 1 true 2>&1 && echo real time; renice -n -1 $$ 2>&1 && echo nicer; nice')).split('\n');
    expect(said[0]).toBe('0');
    expect(said).not.toContain('real time');
    expect(said).not.toContain('nicer');
    expect(Number(said.at(-1))).toBe(Math.min(19, getPriority() + (cgroups ? 0 : 5)));
  });

  test('set-user-id programs give nothing', async () => {
    const script =
      'stat -c "%A %u" /usr/bin/su; su -c id </dev/null >/dev/null && echo became root; grep -w /usr /proc/mounts | cut -d" " -f4';
    const said = await sayOnce(script);
    expect(said).not.toContain('became root');
    expect(said).toMatch(/65534/);
    expect(said).toMatch(/^ro,nosuid,nodev/m);
  });

  async function hostUser(sandbox: Sandbox): Promise<number> {
    const word = `${randomInt(1e6, 9e6)}.5`;
    const program = sandbox.spawn('/bin/sleep', [word], { env });
    await expect.poll(() => findHostProcesses(word).filter(isInside).length, { timeout: 5_000 }).toBeGreaterThan(0);
    const pid = findHostProcesses(word).find(isInside);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    program.kill('SIGKILL');
    expect(/^Groups:(.*)$/m.exec(status)?.[1]?.trim()).toBe('');
    const ids = /^Uid:\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(status)?.slice(1);
    expect(new Set(ids).size).toBe(1);
    return Number(ids?.[0]);
  }

  function isInside(pid: number): boolean {
    return existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n';
  }
});

describe('files', () => {
  test('the data folder stays closed', async () => {
    await using sandbox = await open();
    await say(sandbox, 'echo x > file');
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    for (const folder of [sandbox.paths.hostWorkspace, sandbox.paths.hostHome, join(sandbox.paths.hostWorkspace, '..')]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
  });

  test('only the system, the session and nothing of the host', async () => {
    const folders = (await sayOnce('ls -A /')).split('\n');
    const system = [
      'bin',
      'dev',
      'etc',
      'home',
      'lib',
      'lib32',
      'lib64',
      'libx32',
      'opt',
      'proc',
      'run',
      'sbin',
      'tmp',
      'usr',
      'workspace',
    ];
    expect(folders.filter((name) => !system.includes(name))).toEqual([]);
    expect(await sayOnce('ls -A /home /run /opt /tmp /dev/shm | tr "\\n" " "')).toBe(
      '/dev/shm:  /home: agent  /opt:  /run: session  /tmp:',
    );
  });

  test('neither the data folder nor another session is visible', async () => {
    await using mine = await open();
    await using other = await open();
    const secret = `secret-${randomInt(1e9)}`;
    await writeFile(join(other.paths.hostWorkspace, 'file'), secret);
    const script = `ls '${data}'; cat '${other.paths.hostWorkspace}/file' /proc/*/root/workspace/file; ls /mnt; grep -rs '${secret}' /workspace /home /run /tmp /dev/shm; true`;
    const said = await say(mine, script);
    expect(said).not.toContain(secret);
    expect(said).toContain(`cannot access '${data}'`);
    expect(said).toContain("cannot access '/mnt'");
  });

  test('/etc holds what programs need and no host account', async () => {
    await using sandbox = await open();
    expect(
      await say(sandbox, 'cut -d: -f1 /etc/passwd | tr "\\n" " "; cat /etc/resolv.conf; ls /etc/shadow /etc/sudoers /etc/hostname'),
    ).toBe(
      "root agent nobody ls: cannot access '/etc/shadow': No such file or directory\nls: cannot access '/etc/sudoers': No such file or directory\n/etc/hostname",
    );
    expect(await say(sandbox, 'ls /etc/ssl/certs | wc -l; date +%Z; getent hosts localhost | wc -l')).toMatch(/^[1-9]\d*\n\w+\n1$/);
  });

  test('/tmp has its size', async () => {
    await using sandbox = await open({ tmp_mb: 8 });
    expect(await say(sandbox, 'head -c 20M /dev/zero > /tmp/file; stat -c %s /tmp/file; head -c 20M /dev/zero > /dev/shm/file')).toMatch(
      /No space left on device\n8388608\n.*No space left on device/,
    );
  });

  test('a file is no larger than the workspace', async () => {
    await using sandbox = await open({ workspace_mb: 4 });
    expect(await say(sandbox, 'head -c 9M /dev/zero > file; stat -c %s file')).toMatch(/4194304$/);
  });

  test('nothing that the runner has open is open inside', async () => {
    const script = 'for fd in /proc/self/fd/*; do test -e $fd && echo "${fd##*/} $(readlink $fd)"; done | sort -n';
    const open = (await sayOnce(script)).split('\n');
    expect(open.filter((line) => !/^[012] |\/dev\/null$/.test(line))).toEqual([]);
  });
});

describe('processes', () => {
  test('only its own are visible', async () => {
    expect(Number(await sayOnce('ls -d /proc/[0-9]* | wc -l'))).toBeLessThan(6);
  });

  test('devices are the harmless ones', async () => {
    const devices = (await sayOnce('stat -c "%F %n" /dev/* | grep special | sort')).split('\n');
    expect(devices).toEqual(['full', 'null', 'random', 'tty', 'urandom', 'zero'].map((name) => `character special file /dev/${name}`));
    expect(await sayOnce('mknod /tmp/disk b 254 0 && echo made')).not.toContain('made');
  });

  test('what /proc tells of the machine is hidden, /sys is not there', async () => {
    expect(await sayOnce('cat /proc/keys /proc/kcore /proc/timer_list /proc/kmsg 2>/dev/null | head -c 9; ls -d /sys')).toMatch(
      /^ls: cannot access/,
    );
    expect(await sayOnce('cat /proc/self/cgroup | cut -d: -f3 | sort -u')).toBe('/');
  });

  test('a fork bomb is stopped', async () => {
    await using sandbox = await open({ pids: 64 });
    const bomb = `import os,time
n = 0
try:
    while True:
        if os.fork() == 0: time.sleep(60); os._exit(0)
        n += 1
except OSError as error: print(n, error.strerror)`;
    const said = await say(sandbox, `python3 -c '${bomb}'`);
    expect(said).toMatch(/^\d+ Resource temporarily unavailable$/);
    expect(Number.parseInt(said, 10)).toBeLessThan(64);
  });

  test('a memory hog is ended, its sandbox and the host go on', async ({ skip }) => {
    if (!cgroups) skip('no control groups can be made here');
    await using sandbox = await open({ memory_mb: 256 });
    const shell = sandbox.spawn('/bin/sh', ['-c', 'while read line; do eval "$line"; done'], { env });
    const said = text(shell.stdout);
    shell.stdin.end(`python3 -c 'x = b"x" * (600 << 20)'; echo hog ended with $?\necho alive\n`);
    expect(await said).toBe('hog ended with 137\nalive\n');
    expect((await sandbox.usage()).oomKills).toBe(1);
  });

  test('files in /tmp count as memory', async ({ skip }) => {
    if (!cgroups) skip('no control groups can be made here');
    await using sandbox = await open({ memory_mb: 256, tmp_mb: 1024 });
    await say(sandbox, 'head -c 600M /dev/zero > /tmp/file');
    expect((await sandbox.usage()).oomKills).toBeGreaterThan(0);
  });

  test('its share of the processor is bounded', async ({ skip }) => {
    if (!cgroups || cgroups.missing.includes('cpus')) skip('the processor cannot be limited here');
    await using sandbox = await open({ cpus: 0.1 });
    const burn = 'import time; end = time.monotonic() + 2\nwhile time.monotonic() < end: pass\nprint(time.process_time() < 1)';
    expect(await say(sandbox, `python3 -c '${burn}'`)).toBe('True');
  });

  test('open files are bounded', async () => {
    await using sandbox = await open({ open_files: 100 });
    expect(await say(sandbox, 'ulimit -n; ulimit -Hn; ulimit -c')).toBe('100\n100\n0');
  });
});

describe('the network', () => {
  test('has no way out but loopback of its own', async () => {
    const said = await sayOnce('tail -n +3 /proc/net/dev | cut -d: -f1; tail -n +2 /proc/net/route');
    expect(said.trim()).toBe('lo');
  });
});

describe('secrets', () => {
  test('of the environment stand in no command line and in no environment but the program’s', async () => {
    await using sandbox = await open();
    const secret = `sk-ant-secret-${randomInt(1e12)}`;
    const program = sandbox.spawn('/bin/sh', ['-c', 'echo ready; sleep 60'], { env: { ...env, SECRET: secret } });
    const sightings = new Set<string>();
    let ready = false;
    program.stdout.once('data', () => (ready = true));
    for (let looks = 0; !ready || looks < 5; looks += ready ? 1 : 0) {
      for (const [pid, line] of readHostProcesses('cmdline')) if (line.includes(secret)) sightings.add(`${pid} ${line}`);
      for (const [pid, words] of readHostProcesses('environ')) {
        if (words.includes(secret) && readCommand(pid) === 'bwrap') sightings.add(`environment of ${pid}`);
      }
      await sleep(1);
    }
    program.kill('SIGKILL');
    expect([...sightings]).toEqual([]);
  });

  test.each<SandboxSpawnOptions>([
    { env: { A: 'x\0--ro-bind\0/\0/host' } },
    { env: { 'A\0--ro-bind\0/': '/host' } },
    { env: {}, cwd: '/tmp\0--ro-bind\0/\0/host' },
  ])('no option can be smuggled in: %j', async (options) => {
    await using sandbox = await open();
    expect(() => sandbox.spawn('/bin/ls', ['/host'], options)).toThrow(/zero byte/);
  });

  test('are not in files of the host', async () => {
    await using sandbox = await open();
    const secret = `sk-ant-secret-${randomInt(1e12)}`;
    await sandbox.spawn('/bin/true', [], { env: { SECRET: secret } }).outcome;
    for (const file of await readdir(data, { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain(secret);
    }
  });

  function readCommand(pid: number): string {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    } catch {
      return '';
    }
  }
});

describe('real programs', () => {
  test('Claude Code runs', async ({ skip }) => {
    if (!existsSync(CLAUDE)) skip('the Claude Code binary for this machine is not installed');
    await using sandbox = await open({}, [{ source: CLAUDE, target: '/opt/claude/claude' }]);
    const program = sandbox.spawn(sandbox.inside(CLAUDE), ['--version'], { env });
    const [stdout, outcome] = await Promise.all([text(program.stdout), program.outcome]);
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+ \(Claude Code\)\n$/);
  });

  test('a tool in a closed folder of the host can be shown', async () => {
    const closed = join(data, 'closed');
    await mkdir(closed);
    await writeFile(join(closed, 'tool'), '#!/bin/sh\necho tool\n', { mode: 0o755 });
    await chmod(closed, 0o700);
    await using sandbox = await open({}, [{ source: join(closed, 'tool'), target: '/opt/tool' }]);
    expect(await say(sandbox, '/opt/tool; echo x > /opt/tool')).toMatch(/^tool\n.*Read-only file system/);
  });

  test('this Node, git and a terminal work', async () => {
    const target = '/opt/node';
    await using sandbox = await open({}, [{ source: process.execPath, target }]);
    const nodeScript =
      'require("fs").writeFileSync("a", "b"); new (require("worker_threads").Worker)("console.log(1 + 1)", { eval: true })';
    expect(await say(sandbox, `${target} -e '${nodeScript}'`)).toBe('2');
    expect(
      await say(sandbox, 'git init -q . && git add a && git -c user.name=a -c user.email=a@b commit -qm first && git log --format=%s'),
    ).toBe('first');
    expect(await say(sandbox, 'python3 -c "import pty; pty.spawn([\'tty\'])"')).toMatch(/^\/dev\/pts\/\d+$/);
  });
});
