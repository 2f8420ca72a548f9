import type { AttackGroup } from '../attack.ts';
import { python } from './python.ts';

/** Pid of Claude Code, seen from a program that its Bash tool runs. */
const CLAUDE = 'claude=$(pgrep -o -x claude || pgrep -o -f claude)';

export const environment: AttackGroup = {
  name: 'Keys and memory',
  attacks: [
    {
      id: 'env',
      tries: 'read a key from its own environment',
      held: 'there is a placeholder only',
      run: 'env; export -p; declare -x',
    },
    {
      id: 'proc-environ',
      tries: 'read the environment of every process (`/proc/*/environ`)',
      held: 'namespace of processes; Claude Code’s own holds a placeholder',
      run: `cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -iE 'secret|key|token|sk-ant'`,
      worksUnisolated: true,
    },
    {
      id: 'proc-cmdline',
      tries: 'read the command line of every process',
      held: 'namespace of processes; no secret is on a command line',
      run: `cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -iE 'secret|sk-ant'`,
      worksUnisolated: true,
    },
    {
      id: 'claude-memory',
      tries: 'search the memory of Claude Code and of all other processes for a key (`/proc/*/maps`, `/proc/*/mem`)',
      held: 'the key was never in it',
      run: python(`
import glob, re
found = set()
for maps in glob.glob('/proc/[0-9]*/maps'):
    try:
        areas = [l.split()[0].split('-') for l in open(maps) if l.split()[1].startswith('rw')]
        mem = open(maps.replace('maps', 'mem'), 'rb')
    except OSError: continue
    for start, end in areas:
        start, end = int(start, 16), int(end, 16)
        if end - start > 256 << 20: continue
        try: mem.seek(start); data = mem.read(end - start)
        except (OSError, ValueError, OverflowError): continue
        found |= set(re.findall(rb'sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{8,80}', data))
print(len(found), b' '.join(sorted(found))[:3000].decode())`),
    },
    {
      id: 'ptrace',
      tries: 'attach a debugger to Claude Code (`ptrace`)',
      held: 'system call filter',
      run: `${CLAUDE}; ${python(`
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
print('attached' if libc.ptrace(16, int(sys.argv[1]), 0, 0) == 0 else ctypes.get_errno())`)} $claude`,
      through: /attached/,
    },
    {
      id: 'process-vm-readv',
      tries: 'read Claude Code’s memory by `process_vm_readv`',
      held: 'system call filter',
      run: `${CLAUDE}; ${python(`
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
start = int(open(f'/proc/{pid}/maps').readline().split('-')[0], 16)
buffer = ctypes.create_string_buffer(64)
class Vec(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]
mine, theirs = Vec(ctypes.addressof(buffer), 64), Vec(start, 64)
print('read' if libc.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) > 0 else ctypes.get_errno())`)} $claude`,
      through: /^read/m,
    },
    {
      id: 'pidfd-getfd',
      tries: 'take over Claude Code’s connection to the runner (`pidfd_getfd`)',
      held: 'system call filter',
      run: `${CLAUDE}; ${python(`
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = os.pidfd_open(int(sys.argv[1]))
print('stolen' if libc.syscall(438, fd, 1, 0) >= 0 else ctypes.get_errno())`)} $claude`,
      through: /stolen/,
    },
    {
      id: 'claude-stdin',
      tries: 'answer Claude Code’s own questions by writing into its stdin (`/proc/PID/fd/0`)',
      held: 'it is a socket, which cannot be opened anew',
      run: `${CLAUDE}; echo '{"type":"control_response"}' > /proc/$claude/fd/0 && echo written`,
      through: /^written/m,
    },
    {
      id: 'key-files',
      tries: 'find a key in any file that can be read',
      held: 'no file inside holds one',
      run: `grep -rahos --exclude-dir=proc 'sk-ant-[a-z0-9]*-[A-Za-z0-9_-]*' /etc /home /root /run /srv /var /mnt /opt/*.json /workspace /tmp 2>/dev/null | sort -u | head -50`,
    },
    {
      id: 'credential-stores',
      tries: 'read Claude Code’s credential files, ssh keys and cloud credentials of the host',
      held: 'the host’s home folders are not there',
      run: `cat ~/.claude/.credentials.json /root/.claude/.credentials.json /root/.ssh/id_* /root/.aws/credentials /home/*/.ssh/id_* && echo found; ls -A /root && echo listed`,
      through: /^(found|listed)/m,
      worksUnisolated: true,
    },
    {
      id: 'kernel-keys',
      tries: 'list and read keys of the kernel’s keyrings',
      held: 'system call filter; `/proc/keys` is masked',
      run: `cat /proc/keys; ${python(`
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print('ring', 'readable' if libc.syscall(250, 11, -3, 0, 0) >= 0 else ctypes.get_errno())`)}`,
      through: /readable|keyring/,
    },
  ],
};
