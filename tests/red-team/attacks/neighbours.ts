import type { AttackGroup } from '../attack.ts';
import { NEIGHBOUR_PORT } from '../world.ts';
import { python } from './python.ts';

export const neighbours: AttackGroup = {
  name: 'Other sessions',
  attacks: [
    {
      id: 'neighbour-tmp',
      tries: 'read a neighbour’s `/tmp` and shared memory',
      held: 'each session has its own',
      run: 'cat /tmp/private* /dev/shm/private* /tmp/*/private* 2>&1',
      worksUnisolated: true,
    },
    {
      id: 'neighbour-workspace',
      tries: 'read a neighbour’s workspace by its path on the host',
      held: 'the data directory is not mounted; each session has a user id of its own',
      run: ({ system, neighbour }) =>
        `cat '${system.dataDir}/runner/sessions/${neighbour.id}/workspace/private'; ls '${system.dataDir}/runner/sessions'; cat /workspace/../*/private`,
      worksUnisolated: true,
    },
    {
      id: 'neighbour-transcript',
      tries: 'read a neighbour’s conversation',
      held: 'its home folder is not mounted',
      run: ({ system, neighbour }) =>
        `cat '${system.dataDir}/runner/sessions/${neighbour.id}'/home/.claude/projects/*/*.jsonl | head -c 100000 | grep -o 'secret-[a-z]*-[0-9a-f]*'`,
      worksUnisolated: true,
    },
    {
      id: 'neighbour-processes',
      tries: 'see and end a neighbour’s processes',
      held: 'namespace of processes',
      run: `ps -eo pid,args | grep '[n]eighbour-servant' && echo seen; pkill -9 -f '[n]eighbour-servant-none' ; pgrep -f '[n]eighbour-servant' && echo found`,
      through: /^(seen|found)/m,
      worksUnisolated: true,
    },
    {
      id: 'neighbour-unix-socket',
      tries: 'connect to a neighbour’s sockets, in files and abstract',
      held: 'own `/tmp`, and abstract names belong to the network namespace',
      run: python(`
import socket
for name in ['/tmp/neighbour.sock', '\\0neighbour']:
    try:
        s = socket.socket(socket.AF_UNIX); s.connect(name); print(s.recv(99))
    except OSError as error: print(error)
print(open('/proc/net/unix').read()[-500:])`),
      through: /@neighbour/,
      worksUnisolated: true,
    },
    {
      id: 'neighbour-tcp',
      tries: 'connect to a neighbour’s service on 127.0.0.1',
      held: 'network namespace',
      run: `timeout 5 bash -c 'cat < /dev/tcp/127.0.0.1/${NEIGHBOUR_PORT}'`,
      worksUnisolated: true,
    },
    {
      id: 'neighbour-ipc',
      tries: 'find System V and POSIX shared memory, queues and semaphores of others',
      held: 'namespace of IPC',
      run: `cat /proc/sysvipc/shm /proc/sysvipc/msg /proc/sysvipc/sem; ls /dev/mqueue; ipcs -a | grep -c 0x0`,
      through: /^\s+\d+\s+\d+\s+\d{3}\s/m,
    },
    {
      id: 'neighbour-api',
      tries: 'ask the server for a neighbour’s events and files',
      held: 'the server cannot be reached from inside, and no token is there',
      run: ({ system, neighbour }) =>
        `curl -s -m 5 ${system.url}/v1/sessions/${neighbour.id}/history; curl -s -m 5 ${system.url}/healthz && echo reached`,
      through: /reached/,
      worksUnisolated: true,
    },
  ],
};
