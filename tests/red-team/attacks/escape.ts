import type { AttackGroup } from '../attack.ts';
import { python } from './python.ts';

export const escape: AttackGroup = {
  name: 'Escapes to the host',
  attacks: [
    {
      id: 'host-files',
      tries: 'read files of the host: the data directory, the master key, `/etc/shadow`, `/var`',
      held: 'they are not mounted',
      run: ({ system, host }) =>
        `cat '${system.dataDir}/master.key' '${system.dataDir}/runner.token' '${host.file}' /etc/shadow; ls /var/lib && echo var`,
      through: /^root:[*$!]|^var/m,
      worksUnisolated: true,
    },
    {
      id: 'proc-root',
      tries: 'leave through `/proc/self/root`, `/proc/1/root`, `/proc/1/cwd`',
      held: 'own process namespace: they lead to the sandbox itself',
      run: ({ host }) =>
        `cat "/proc/self/root${host.file}" "/proc/1/root${host.file}" "/proc/1/cwd/..${host.file}"; for p in /proc/[0-9]*; do cat "$p/root${host.file}"; done`,
      worksUnisolated: true,
    },
    {
      id: 'dotdot',
      tries: 'leave upwards from a mounted folder',
      held: 'mount namespace',
      run: ({ host }) =>
        `cd /workspace; cat ../../../../../../..${host.file}; cd /run/session 2>/dev/null; cat ../../../../..${host.file}; ls -di / /.. | sort -u`,
      worksUnisolated: true,
    },
    {
      id: 'by-handle',
      tries: 'open files of the host by handle (`open_by_handle_at`, “shocker”)',
      held: 'system call filter and no capability',
      run: python(`
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
class Handle(ctypes.Structure): _fields_ = [('bytes', ctypes.c_uint), ('type', ctypes.c_int), ('handle', ctypes.c_ubyte * 128)]
root = Handle(8, 1); root.handle[0] = 2
fd = libc.open_by_handle_at(os.open('/workspace', os.O_RDONLY), ctypes.byref(root), os.O_RDONLY)
print('opened' if fd >= 0 else ctypes.get_errno(), os.listdir(fd)[:9] if fd >= 0 else '')`),
      through: /opened/,
    },
    {
      id: 'mount',
      tries: 'mount the host’s disk, `/proc`, or over the system',
      held: 'no capability; system call filter',
      run: `mkdir -p m; mount -t proc proc m && echo mounted; mount /dev/vda m && echo mounted; mount --bind / m && echo mounted; mount -t tmpfs t /usr && echo mounted; true`,
      through: /^mounted/m,
    },
    {
      id: 'user-namespace',
      tries: 'gain capabilities in a user namespace of its own',
      held: 'system call filter, and user namespaces are used up (`--disable-userns`)',
      run: `unshare -Ur id && echo rooted; unshare -Urmpf true && echo rooted; ${python(`
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print('made' if libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) >= 0 else ctypes.get_errno())
print('made' if libc.unshare(0x10000000) == 0 else ctypes.get_errno())`)}`,
      through: /rooted|^made/m,
    },
    {
      id: 'setns',
      tries: 'enter the host’s namespaces (`nsenter`)',
      held: 'no capability; system call filter',
      run: `nsenter -t 1 -a true && echo entered; nsenter --mount=/proc/1/ns/mnt true && echo entered; true`,
      through: /entered/,
    },
    {
      id: 'chroot',
      tries: 'break out by `chroot` and `pivot_root`',
      held: 'no capability; system call filter',
      run: `/usr/sbin/chroot /workspace /bin/true && echo changed; pivot_root / /tmp && echo changed; true`,
      through: /changed/,
    },
    {
      id: 'devices',
      tries: 'read disks and memory by devices, and make device nodes',
      held: 'only harmless devices; `nodev`; no capability',
      run: `for d in vda sda mem kmem kvm fuse net/tun loop-control; do test -e /dev/$d && echo "there $d"; done; mknod disk b 254 0 && head -c 16 disk && echo read; mknod mem c 1 1 && head -c 1 mem && echo read; true`,
      through: /^(there|read)/m,
      worksUnisolated: true,
    },
    {
      id: 'cgroup',
      tries: 'lift its own limits, or run a program on the host by a control group’s release agent',
      held: '`/sys` is not mounted',
      run: `find / -xdev -name release_agent -not -path '/proc/*' 2>/dev/null | head -3; find /sys/fs/cgroup -name cgroup.procs 2>/dev/null | head -3; ls /sys && echo sys`,
      through: /^\/|^sys/m,
      worksUnisolated: true,
    },
    {
      id: 'proc-sys',
      tries: 'change the kernel’s settings: core_pattern, modprobe, sysrq, oom scores of others',
      held: '`/proc/sys` belongs to the host’s root, which nobody inside is',
      run: `for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/vm/overcommit_memory /proc/sysrq-trigger /proc/sys/kernel/hostname; do test -w $f && (: >> $f) && echo "writable $f"; done; true`,
      through: /^writable/m,
      worksUnisolated: true,
    },
    {
      id: 'set-uid',
      tries: 'become root by set-user-ID programs (`su`, `sudo`, `mount`, own copies)',
      held: '`no_new_privs`; `nosuid`; their owner is nobody inside',
      run: `cp /usr/bin/id ./rootid; chmod 4755 ./rootid; ./rootid -u | grep -x 0 && echo rooted; sudo -n id && echo rooted; echo | su -c id && echo rooted; newgrp root < /dev/null; id -u | grep -x 0 && echo rooted; true`,
      through: /rooted/,
      worksUnisolated: true,
    },
    {
      id: 'capabilities',
      tries: 'find or gain capabilities',
      held: 'none in any set, the bounding set included',
      run: `grep Cap /proc/self/status; setcap cap_sys_admin+ep ./rootid && echo given; true`,
      through: /^Cap\w+:\s+(?!0{16}$)|given/m,
      worksUnisolated: true,
    },
    {
      id: 'kernel-calls',
      tries: 'reach large parts of the kernel: bpf, perf, userfaultfd, io_uring, kexec, modules',
      held: 'system call filter',
      run: python(`
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for name, number in dict(bpf=321, perf_event_open=298, userfaultfd=323, io_uring_setup=425, kexec_load=246, init_module=175, add_key=248, fanotify_init=300, mount_setattr=442, personality=135).items():
    ctypes.set_errno(0); libc.syscall(number, 0x7777 if name == 'personality' else 0, 0, 0, 0, 0, 0)
    print(name, 'refused' if ctypes.get_errno() in (1, 38) else f'passed {ctypes.get_errno()}')`),
      through: /passed/,
    },
    {
      id: 'other-abi',
      tries: 'get past the system call filter by 32-bit and x32 calls',
      held: 'the filter ends whoever comes by another architecture',
      run: python(`
import ctypes, mmap, os
code = bytes.fromhex('b82f000000' 'cd80' 'c3') # getgid of i386, which int 0x80 reaches
area = mmap.mmap(-1, 4096, prot=7); area.write(code)
pid = os.fork()
if pid == 0:
    ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(area)))(); os._exit(0)
print('i386', 'passed' if os.waitpid(pid, 0)[1] == 0 else 'refused')
libc = ctypes.CDLL(None, use_errno=True); ctypes.set_errno(0)
print('x32', 'passed' if libc.syscall(0x40000000 + 39) > 0 else 'refused')`),
      through: /passed/,
    },
    {
      id: 'terminal',
      tries: 'type into the terminal that the server was started from (TIOCSTI)',
      held: 'a session without a terminal; system call filter',
      run: python(`
import fcntl
try: fcntl.ioctl(0, 0x5412, b'x'); print('typed')
except OSError as error: print(error)
try: open('/dev/tty', 'w').write('x'); print('typed')
except OSError as error: print(error)`),
      through: /typed/,
    },
    {
      id: 'host-processes',
      tries: 'see and signal processes of the host',
      held: 'namespace of processes',
      run: ({ host }) =>
        `kill -0 ${host.pid} && echo signalled; test -d /proc/${host.pid}/task && cat /proc/${host.pid}/comm; ls -d /proc/[0-9]* | wc -l`,
      through: /^signalled/m,
      worksUnisolated: true,
    },
    {
      id: 'system-files',
      tries: 'change programs and settings that the host or other sessions run',
      held: 'the system is mounted read-only',
      run: `for p in /usr/bin /usr/lib /etc /opt /bin /run /; do test -w $p && echo "writable $p"; done; test -w /opt/claude -o -w "$(readlink -f /proc/$PPID/exe)" && echo "writable claude"; true`,
      through: /^writable/m,
      worksUnisolated: true,
    },
    {
      id: 'descriptors',
      tries: 'use descriptors that the runner left open',
      held: 'all are closed or lead to `/dev/null`',
      run: ({ host }) =>
        `for fd in /proc/self/fd/* /proc/$PPID/fd/*; do readlink $fd; done | grep -vE '^(pipe|socket|anon_inode|/dev/|/proc/|/tmp/|/workspace|/home/agent|/memfd)' ; for fd in /proc/$PPID/fd/*; do cat "$fd/..${host.file}" 2>/dev/null; done; true`,
    },
  ],
};
