import type { AttackGroup } from '../attack.ts';
import { python } from './python.ts';

const PROXY = 'proxy=${HTTPS_PROXY:-${https_proxy:-http://127.0.0.1:9}}';
/** Ways to write an address of this machine, or one that names it. */
const LOOPBACKS = [
  '127.0.0.1',
  'localhost',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '0.0.0.0',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::]',
  'localhost.',
  'ip6-localhost',
];

export const network: AttackGroup = {
  name: 'Network',
  attacks: [
    {
      id: 'metadata',
      tries: 'read the cloud’s metadata service',
      held: 'no route; the proxy refuses link-local addresses',
      run: `${PROXY}; for u in http://169.254.169.254/latest/meta-data/ 'http://[fd00:ec2::254]/latest/' http://metadata.google.internal/ http://100.100.100.200/; do curl -s -m 5 -o /dev/null -w 'direct %{http_code}\\n' --noproxy '*' "$u"; curl -s -m 5 -o /dev/null -w 'proxied %{http_code}\\n' -x "$proxy" "$u"; curl -s -m 5 -o /dev/null -w 'tunnelled %{http_connect}\\n' -p -x "$proxy" "$u"; done`,
      through: /(direct|proxied|tunnelled) 2/,
    },
    {
      id: 'host-loopback',
      tries: 'reach services on the host’s loopback',
      held: 'network namespace',
      run: ({ host }) =>
        `curl -s -m 5 --noproxy '*' http://127.0.0.1:${host.port}/; timeout 5 bash -c 'echo > /dev/tcp/127.0.0.1/22' && echo ssh`,
      through: /^ssh/m,
      worksUnisolated: true,
    },
    {
      id: 'proxy-loopback',
      tries: 'reach them through the proxy, the address written in a dozen ways',
      held: 'the proxy refuses by the address that is dialled',
      run: ({ host }) =>
        `${PROXY}; for h in ${LOOPBACKS.map((name) => `'${name}'`).join(' ')}; do curl -s -m 5 -x "$proxy" "http://$h:${host.port}/"; curl -s -m 5 -p -x "$proxy" "http://$h:${host.port}/"; done; true`,
    },
    {
      id: 'dns-rebinding',
      tries: 'have a name resolve to the host (a public name that answers 127.0.0.1, and one of the host’s own)',
      held: 'names are resolved outside, and the address that is dialled is the one that was checked',
      run: ({ host }) =>
        `${PROXY}; for h in localtest.me 127.0.0.1.nip.io "$(hostname)" host.docker.internal; do curl -s -m 8 -x "$proxy" "http://$h:${host.port}/"; curl -s -m 8 -p -x "$proxy" "http://$h:${host.port}/"; done; true`,
    },
    {
      id: 'proxy-server',
      tries: 'reach the server’s internal routes through the proxy',
      held: 'as above',
      run: ({ system }) =>
        `${PROXY}; for p in /healthz /metrics /internal/link /v1/sessions; do curl -s -m 5 -x "$proxy" ${system.url}$p; curl -s -m 5 -p -x "$proxy" ${system.url}$p; done; true`,
      through: /ai_sessions_|"status":"ok"/,
    },
    {
      id: 'private-networks',
      tries: 'scan private networks and the host’s other addresses',
      held: 'no route; the proxy refuses private addresses',
      run: `${PROXY}; for a in $(hostname -I 2>/dev/null) 10.0.0.1 172.16.0.1 192.168.0.1 192.168.1.1 100.64.0.1 169.254.1.1; do for port in 22 80 8080; do timeout 1 bash -c "echo > /dev/tcp/$a/$port" 2>/dev/null && echo "open $a"; done; curl -s -m 3 -o /dev/null -w 'tunnelled %{http_connect}\\n' -p -x "$proxy" "http://$a/"; done`,
      through: /^open|tunnelled 2/m,
    },
    {
      id: 'direct-internet',
      tries: 'leave past the proxy: TCP, UDP (name servers) and ICMP',
      held: 'network namespace without a way out; no raw sockets',
      run: python(`
import socket
for kind, target in [(socket.SOCK_STREAM, ('1.1.1.1', 443)), (socket.SOCK_DGRAM, ('8.8.8.8', 53))]:
    try:
        s = socket.socket(socket.AF_INET, kind); s.settimeout(3); s.connect(target); s.send(b'x'); print('sent', target)
    except OSError as error: print(error)
for family, kind, proto in [(socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_PACKET, socket.SOCK_RAW, 0)]:
    try: socket.socket(family, kind, proto); print('raw socket')
    except OSError as error: print(error)`),
      through: /^sent|^raw/m,
    },
    {
      id: 'host-abstract-socket',
      tries: 'connect to abstract unix sockets of the host (X11, session buses, containerd)',
      held: 'they belong to the network namespace',
      run: python(`
import socket
s = socket.socket(socket.AF_UNIX)
try: s.connect('\\0red-team-host'); print(s.recv(99))
except OSError as error: print(error)`),
      worksUnisolated: true,
    },
    {
      id: 'host-file-socket',
      tries: 'find sockets of the host in the file system (docker, databases)',
      held: 'nothing of the host’s `/run`, `/var` and `/tmp` is there',
      run: ({ host }) =>
        `find / -xdev -type s -not -path '/proc/*' 2>/dev/null | head -20; ls /var/run/docker.sock && echo docker; socat -T3 - UNIX-CONNECT:'${host.socket}'`,
      through: /^docker/m,
      worksUnisolated: true,
    },
    {
      id: 'vsock',
      tries: 'talk to the hypervisor (vsock)',
      held: 'system call filter',
      run: python(`
import socket
try: socket.socket(40, socket.SOCK_STREAM); print('made')
except OSError as error: print(error)`),
      through: /made/,
    },
  ],
};
