import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSandboxLimits } from './sandbox-limits.ts';
import type { Sandbox, SandboxDriver } from './sandbox.ts';

/** The topics of the suite. */
export type IsolationTopic =
  | 'identity'
  | 'files'
  | 'processes'
  | 'ipc'
  | 'network'
  | 'devices'
  | 'capabilities'
  | 'nested namespaces'
  | 'signals'
  | '/proc and /sys'
  | 'set-uid'
  | 'symlinks'
  | 'sockets';

export interface IsolationContractOptions {
  /** Programs as they are called inside: a POSIX shell, and Python 3 for what a shell cannot ask the kernel. */
  programs: { shell: string; python: string };
  /** Topic → why this driver cannot promise it. Its tests are left out. */
  lacks?: Partial<Record<IsolationTopic, string>>;
}

/**
 * What a program in a sandbox can reach, asked from inside, whatever the sandbox is made of: namespaces, a pod, a kernel of its own. What is
 * looked at from outside are files and sockets of the host that runs the test.
 * @param makeDriver makes a driver that keeps its records in the given folder
 */
export function runIsolationContract(
  name: string,
  makeDriver: (stateDir: string) => SandboxDriver,
  { programs, lacks = {} }: IsolationContractOptions,
): void {
  const topic = (title: IsolationTopic, body: () => void): void => {
    if (lacks[title] === undefined) describe(title, () => void body());
  };

  describe(`sandbox isolation: ${name}`, () => {
    const secret = `secret-${randomBytes(12).toString('hex')}`;
    let folder: string;
    let hostFile: string;
    let mine: Sandbox;
    let other: Sandbox;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'isolated '));
      hostFile = join(folder, 'host-file');
      await writeFile(hostFile, `${secret}\n`, { mode: 0o644 });
      const driver = makeDriver(join(folder, 'state'));
      const open = (sessionId: string): Promise<Sandbox> =>
        driver.create({ sessionId, root: join(folder, 'sessions', sessionId), limits: parseSandboxLimits(undefined) });
      [mine, other] = await Promise.all([open('mine'), open('other')]);
    });
    afterAll(async () => {
      await Promise.all([mine?.kill(), other?.kill()]);
      await rm(folder, { recursive: true, force: true });
    });

    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    /** What a shell script says, stdout and stderr together. */
    async function say(script: string, sandbox: Sandbox = mine): Promise<string> {
      return (await text(sandbox.spawn(programs.shell, ['-c', `exec 2>&1; ${script}`], { env }).stdout)).trimEnd();
    }
    /** What a Python program says; `errno(call, *args)` gives the kernel's answer to a C function, 0 for success. */
    async function python(program: string, sandbox: Sandbox = mine): Promise<string> {
      const prelude = `import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def errno(name, *args):
    ctypes.set_errno(0)
    return 0 if getattr(libc, name)(*args) >= 0 else ctypes.get_errno()
`;
      const ran = sandbox.spawn(programs.python, ['-c', prelude + program], { env });
      const [said, complaint] = await Promise.all([text(ran.stdout), text(ran.stderr)]);
      return (said + complaint).trimEnd();
    }
    const inWorkspace = (file: string, sandbox: Sandbox = mine): string => join(sandbox.paths.hostWorkspace, file);

    topic('identity', () => {
      test('is not root, in no group of its host, and owns what is its own', async () => {
        expect(await say('id -u; id -g; id -G')).toMatch(/^([1-9]\d*)\n([1-9]\d*)\n\2$/);
        expect(await say(`test -O ${mine.paths.workspace} && test -O ${mine.paths.home} && echo own`)).toBe('own');
      });

      test('cannot become another user', async () => {
        expect(await python('print(errno("setuid", 0), errno("setgid", 0), errno("setuid", 65534), os.getresuid()[0] != 0)')).toMatch(
          /^[1-9]\d* [1-9]\d* [1-9]\d* True$/,
        );
      });

      test('has a host name that is not the host’s', async () => {
        expect((await say('uname -n')).trim()).not.toBe((await readFile('/proc/sys/kernel/hostname', 'utf8')).trim());
      });
    });

    topic('files', () => {
      test('of the host are not there, by path, upwards, or through /proc', async () => {
        const tries = ['', '/proc/self/root', '/proc/1/root', '/proc/self/cwd/../../../../..', `${mine.paths.workspace}/../../../../..`];
        const said = await say(tries.map((way) => `cat '${way}${hostFile}'`).join('; '));
        expect(said).not.toContain(secret);
        expect(said.match(/No such file|Permission denied/g)).toHaveLength(tries.length);
      });

      test('of another session are not there', async () => {
        await writeFile(inWorkspace('private', other), secret, { mode: 0o644 });
        expect(await say(`cat '${inWorkspace('private', other)}'; ls '${folder}/sessions' && echo listed`)).not.toMatch(
          new RegExp(`${secret}|listed`),
        );
      });

      test('of the system cannot be changed', async () => {
        const places = ['/', '/usr', '/usr/bin', '/etc', '/lib', '/dev', '/proc/sys/kernel', mine.paths.run, `${mine.paths.home}/..`];
        expect(await say(places.map((place) => `touch ${place}/probe && echo wrote ${place}`).join('; '))).not.toContain('wrote');
        expect(await say('for f in /etc/passwd /etc/hosts /bin/sh; do (echo x >> $f) && echo wrote; done')).not.toContain('wrote');
      });

      test('of its own can be written: workspace, home, temporary', async () => {
        const places = [mine.paths.workspace, mine.paths.home, '/tmp', '/dev/shm'];
        expect(await say(`for f in ${places.join(' ')}; do echo x > $f/file && cat $f/file; done`)).toBe(places.map(() => 'x').join('\n'));
        expect(await readFile(inWorkspace('file'), 'utf8')).toBe('x\n');
      });

      test('in /tmp are each session’s own', async () => {
        await say(`echo ${secret} > /tmp/private; echo ${secret} > /dev/shm/private`, other);
        expect(await say('cat /tmp/private /dev/shm/private')).not.toContain(secret);
      });

      test('accounts and secrets of the host’s /etc are not there', async () => {
        expect(await say('cat /etc/shadow /etc/gshadow /etc/ssh/ssh_host_* /etc/sudoers')).not.toMatch(/^[^c:]+:[*!$]|PRIVATE KEY|ALL=/m);
        expect((await say('cut -d: -f3 /etc/passwd')).split('\n').length).toBeLessThan(10);
      });
    });

    topic('processes', () => {
      test('of the host and of other sessions are not seen', async () => {
        const waiting = other.spawn(programs.shell, ['-c', 'echo up; sleep 31.4159'], { env });
        await once(waiting.stdout, 'data');
        const said = await say('cat /proc/[0-9]*/cmdline | tr "\\0" " "; echo; ls -d /proc/[0-9]* | wc -l');
        expect(said).not.toContain('31.4159');
        expect(said).not.toContain('vitest');
        expect(Number(said.split('\n').at(-1))).toBeLessThan(10);
        waiting.kill('SIGKILL');
      });

      test('of its own cannot be debugged, read or robbed of their descriptors', async () => {
        const said = await python(`
pid = os.fork()
if pid == 0:
    import time; time.sleep(5); os._exit(0)
print('ptrace', errno('ptrace', 16, pid, 0, 0))
class Vec(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]
buffer = ctypes.create_string_buffer(8)
print('readv', errno('process_vm_readv', pid, ctypes.byref(Vec(ctypes.addressof(buffer), 8)), 1, ctypes.byref(Vec(ctypes.addressof(buffer), 8)), 1, 0))
try: fd = os.pidfd_open(pid)
except OSError: fd = -1
ctypes.set_errno(0); print('getfd', 0 if libc.syscall(438, fd, 0, 0) >= 0 else ctypes.get_errno())
os.kill(pid, 9)`);
        expect(said).toMatch(/^ptrace [1-9]\d*\nreadv [1-9]\d*\ngetfd [1-9]\d*$/);
      });
    });

    topic('signals', () => {
      test('reach nobody outside', async () => {
        const kills = [process.pid, process.ppid, 1].map((pid) => `kill -0 ${pid} && echo reached ${pid}`).join('; ');
        expect(await say(kills)).not.toMatch(new RegExp(`reached (${process.pid}|${process.ppid})$`, 'm'));
        await say('kill -9 -1; true', other);
        expect(await say('echo alive')).toBe('alive');
        expect(await say('echo alive', other)).toBe('alive');
      });
    });

    topic('ipc', () => {
      test('of System V and POSIX is each session’s own', async () => {
        const make = `import ctypes
print('shm', libc.shmget(0x5eed, 4096, 0o1666) >= 0, 'msg', libc.msgget(0x5eed, 0o1666) >= 0, 'sem', libc.semget(0x5eed, 1, 0o1666) >= 0)`;
        const holder = other.spawn(
          programs.python,
          ['-c', `import ctypes, sys\nlibc = ctypes.CDLL(None)\n${make}\nsys.stdout.flush()\nsys.stdin.read()`],
          { env },
        );
        await once(holder.stdout, 'data');
        expect(await python('print(libc.shmget(0x5eed, 4096, 0), libc.msgget(0x5eed, 0), libc.semget(0x5eed, 1, 0))')).toBe('-1 -1 -1');
        expect(await say('cat /proc/sysvipc/shm | wc -l')).toMatch(/^[01]$|No such file/);
        holder.kill('SIGKILL');
      });
    });

    topic('network', () => {
      test('reaches neither the host’s loopback, nor private networks, nor metadata services', async () => {
        await using server = await listen({ port: 0, host: '127.0.0.1' });
        const address = server.server.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        const said = await python(`
for target in [('127.0.0.1', ${port}), ('10.0.0.1', 80), ('192.168.0.1', 80), ('169.254.169.254', 80), ('1.1.1.1', 443)]:
    try: s = socket.create_connection(target, 2); print('reached', target, s.recv(99))
    except OSError as error: print('refused', error.__class__.__name__)`);
        expect(said).not.toContain('reached');
        expect(said).not.toContain('from the host');
        expect(said.match(/refused/g)).toHaveLength(5);
      });

      test('has a loopback that works, and no raw sockets', async () => {
        expect(
          await python(`
s = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(s.getsockname()); print('connected')
for family, kind in [(socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW), (40, socket.SOCK_STREAM)]:
    try: socket.socket(family, kind); print('made', family)
    except OSError: pass`),
        ).toBe('connected');
      });

      test('of another session is another', async () => {
        const serve = `s = socket.create_server(('127.0.0.1', 45558)); print('up'); sys.stdout.flush()
while True: c, _ = s.accept(); c.sendall(b'${secret}')`;
        const server = other.spawn(programs.python, ['-c', `import socket, sys\n${serve}`], { env });
        await once(server.stdout, 'data');
        expect(await python('print(socket.socket().connect_ex(("127.0.0.1", 45558)))')).not.toBe('0');
        server.kill('SIGKILL');
      });
    });

    topic('sockets', () => {
      test('of the host, in files and abstract, cannot be reached', async () => {
        const path = join(folder, 'host.sock');
        await using inFile = await listen({ path });
        await using abstract = await listen({ path: '\0isolation-contract' });
        const said = await python(`
for name in [${JSON.stringify(path)}, '\\0isolation-contract']:
    try: s = socket.socket(socket.AF_UNIX); s.connect(name); print('reached', s.recv(99))
    except OSError as error: print('refused')`);
        expect(said).toBe('refused\nrefused');
        expect([inFile.server.listening, abstract.server.listening]).toEqual([true, true]);
      });

      test('that the runner gives it work, and cannot be replaced', async () => {
        const { host, inside } = mine.socketAddress('given.sock');
        await using _server = await listen({ path: host });
        await mine.adopt(host);
        expect(await python(`s = socket.socket(socket.AF_UNIX); s.connect(${JSON.stringify(inside)}); print(s.recv(99).decode())`)).toBe(
          'from the host',
        );
        expect(await say(`rm ${inside} && echo gone; mv ${inside} ${inside}2 && echo gone; true`)).not.toContain('gone');
      });
    });

    topic('devices', () => {
      test('are the harmless ones, and none can be made', async () => {
        const harmless = ['full', 'null', 'ptmx', 'random', 'tty', 'urandom', 'zero'];
        const found = (await say('for f in /dev/*; do test -b $f -o -c $f && echo ${f#/dev/}; done')).split('\n');
        expect(found.filter((device) => !harmless.includes(device))).toEqual(found.includes('console') ? ['console'] : []);
        expect(await say('mknod /tmp/disk b 8 0 && echo made; mknod disk c 1 1 && echo made; true')).not.toContain('made');
      });
    });

    topic('capabilities', () => {
      test('are none, in no set, and none can be gained', async () => {
        const sets = (await say('grep -E "^Cap(Inh|Prm|Eff|Bnd|Amb)" /proc/self/status')).split('\n').map((line) => line.split(/\s+/)[1]);
        expect(sets).toHaveLength(5);
        // The bounding set is without effect where no new privileges can be gained.
        const [inheritable, permitted, effective, , ambient] = sets;
        for (const set of [inheritable, permitted, effective, ambient]) expect(set).toMatch(/^0+$/);
        expect(await say('grep NoNewPrivs /proc/self/status')).toMatch(/1$/);
        expect(await python('print(errno("sethostname", b"x", 1), errno("reboot", 0), errno("chroot", b"/"))')).toMatch(
          /^[1-9]\d* [1-9]\d* [1-9]\d*$/,
        );
      });
    });

    topic('nested namespaces', () => {
      test('cannot be made, nor those of others entered', async () => {
        const said = await say(
          'unshare -Ur id && echo made; unshare -m true && echo made; unshare -n true && echo made; nsenter -t 1 -m true && echo made; true',
        );
        expect(said).not.toContain('made');
        expect(await python('print(*[errno("unshare", flag) != 0 for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000)])')).toBe(
          'True True True True',
        );
      });

      test('nor anything mounted, nor the root changed', async () => {
        const said = await say(
          'mount -t tmpfs x /tmp && echo did; mount --bind /usr . && echo did; umount /tmp && echo did; chroot / true && echo did; true',
        );
        expect(said).not.toContain('did');
      });
    });

    topic('/proc and /sys', () => {
      test('tell nothing that is worth stealing, and let nothing be set', async () => {
        expect(await say('head -c 9 /proc/kcore; head -c 99 /proc/keys; head -c 99 /proc/timer_list; dmesg | head -1')).not.toMatch(
          /ELF|keyring|HRTIMER|Linux version/,
        );
        const settings = '/proc/sys/kernel/core_pattern /proc/sys/vm/overcommit_memory /proc/sys/net/ipv4/ip_forward /proc/sysrq-trigger';
        expect(await say(`for f in ${settings}; do test -e $f && (echo 1 > $f) 2>/dev/null && echo "set $f"; done; true`)).not.toMatch(
          /set .*(core_pattern|overcommit|sysrq)/,
        );
        expect(await say('find /sys -writable -type f 2>/dev/null | head -3; cat /sys/fs/cgroup/memory.max 2>/dev/null')).toBe('');
      });

      test('show no path of the host', async () => {
        expect(await say('cat /proc/self/mountinfo /proc/self/cgroup /proc/self/environ | tr "\\0" "\\n"')).not.toContain(
          `${folder}/state`,
        );
      });
    });

    topic('set-uid', () => {
      test('programs give nothing, neither the system’s nor its own', async () => {
        const said = await say(
          'cp /usr/bin/id own && chmod 6755 own; ./own -u | grep -x 0 && echo rooted; su -c "id -u" < /dev/null 2>/dev/null | grep -x 0 && echo rooted; true',
        );
        expect(said).not.toContain('rooted');
      });
    });

    topic('symlinks', () => {
      test('in the workspace lead nowhere on the host, whoever put them there', async () => {
        await say(`ln -s '${hostFile}' from-inside; ln -s / top`);
        await symlink(hostFile, inWorkspace('from-outside'));
        expect(await say(`cat from-inside from-outside top${hostFile}`)).not.toContain(secret);
      });

      test('are not followed when something is given to the session', async () => {
        await mkdir(join(folder, 'kept'), { mode: 0o700, recursive: true });
        await symlink(join(folder, 'kept'), inWorkspace('given'));
        await mine.adopt(inWorkspace('given'));
        const { uid } = await stat(join(folder, 'kept'));
        expect(uid).toBe(process.getuid?.());
      });
    });
  });
}

async function listen(where: { path: string } | { host: string; port: number }): Promise<{ server: Server } & AsyncDisposable> {
  const server = createServer((socket) => socket.end('from the host'));
  server.listen(where);
  await once(server, 'listening');
  return { server, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
}
