import type { AttackGroup } from '../attack.ts';
import type { World } from '../world.ts';
import { python } from './python.ts';

const CURL = 'curl -s -m 20 --path-as-is --unix-socket "$ANTHROPIC_UNIX_SOCKET"';
const STATUS = `-o /dev/null -w 'status %{http_code}\\n'`;

/** What the model API was asked for that no session may ask for. */
function strangeRequests({ system }: World): boolean {
  return system.model.requests.some(({ path }) => !/^\/v1\/(messages(\/count_tokens)?|models(\/[\w.:-]+)?)(\?|$)/.test(path));
}

/** Sends bytes as they are over the socket and prints what comes back. */
function raw(text: string): string {
  return python(`
import os, socket
s = socket.socket(socket.AF_UNIX); s.settimeout(8); s.connect(os.environ["ANTHROPIC_UNIX_SOCKET"])
s.sendall(${JSON.stringify(text)}.encode("latin1"))
got = b""
try:
    while len(got) < 3000:
        piece = s.recv(4096)
        if not piece: break
        got += piece
except OSError: pass
print(got.decode("latin1"))`);
}

const smuggled = 'POST /v1/files HTTP/1.1\r\nHost: m\r\nContent-Length: 0\r\n\r\n';
const head = 'POST /v1/messages HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\n';

export const modelSocket: AttackGroup = {
  name: 'The model socket',
  attacks: [
    {
      id: 'files-api',
      tries: 'upload a file of the workspace to the user’s account (Files API)',
      held: 'the gateway knows three routes',
      run: `echo stolen > f; ${CURL} ${STATUS} -H 'anthropic-beta: files-api-2025-04-14' -F file=@f http://m/v1/files`,
      through: /status 2/,
      check: strangeRequests,
    },
    {
      id: 'other-paths',
      tries: 'use other parts of the model API: batches, skills, organisation, keys',
      held: 'the gateway knows three routes',
      run: `for p in /v1/messages/batches /v1/files /v1/skills /v1/organizations/me /v1/organizations/api_keys /v1/complete /api/oauth/profile /; do ${CURL} ${STATUS} http://m$p; ${CURL} ${STATUS} -X POST -d '{}' http://m$p; done`,
      through: /status 2/,
      check: strangeRequests,
    },
    {
      id: 'path-tricks',
      tries: 'spell another path so that it looks like an allowed one',
      held: 'paths are compared as they were sent, after the runner’s own look',
      run: `for p in /v1/../internal/link /v1/%2e%2e/v1/files /v1/messages/../files /v1/messages%2f..%2ffiles '/v1\\..\\files' //v1/files /v1//files '/v1/messages;/../files' /v1/models/../files /v1/models/%2e%2e%2ffiles; do ${CURL} ${STATUS} -X POST -d '{}' "http://m$p"; ${CURL} ${STATUS} "http://m$p"; done`,
      through: /status 2/,
      check: strangeRequests,
    },
    {
      id: 'server-api',
      tries: 'reach the server’s own API through the socket',
      held: 'the runner sends everything below the gateway’s path',
      run: `for p in /v1/sessions /v1/auth/claude/status /v1/../../v1/sessions /metrics /internal/gateway/v1/messages; do ${CURL} -w 'status %{http_code}\\n' "http://m$p"; done`,
      through: /status 2|"sessions"|ai_sessions_/,
    },
    {
      id: 'absolute-form',
      tries: 'have the socket fetch another host (absolute-form request line)',
      held: 'the target is the gateway, whatever the request line says',
      run: (world) =>
        raw(`GET http://127.0.0.1:${world.host.port}/ HTTP/1.1\r\nHost: 127.0.0.1:${world.host.port}\r\nConnection: close\r\n\r\n`),
      through: /200 OK/,
    },
    {
      id: 'connect-method',
      tries: 'open a tunnel through the socket (CONNECT)',
      held: 'only GET and POST are taken',
      run: (world) =>
        raw(`CONNECT 127.0.0.1:${world.host.port} HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      through: /200/,
    },
    {
      id: 'upgrade',
      tries: 'become a runner, or a viewer of another session, by a WebSocket upgrade through the socket',
      held: 'upgrades are not passed on',
      run: (world) =>
        ['/internal/link', `/v1/sessions/${world.neighbour.id}/ws`, '/v1/../internal/link']
          .map((path) =>
            raw(
              `GET ${path} HTTP/1.1\r\nHost: m\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
            ),
          )
          .join('; '),
      through: /101 Switching/,
    },
    {
      id: 'own-credential',
      tries: 'send a credential and forwarding headers of its own along',
      held: 'the gateway builds the headers anew',
      run: `${CURL} ${STATUS} -H 'x-api-key: sk-ant-api03-attacker' -H 'Authorization: Bearer attacker' -H 'X-Forwarded-Host: evil' -H 'Host: evil' -H 'Cookie: a=attacker' http://m/v1/models`,
      check: ({ system }) =>
        system.model.requests.some(
          ({ headers }) => JSON.stringify(headers).includes('attacker') || JSON.stringify(headers).includes('evil'),
        ),
    },
    {
      id: 'other-sessions-token',
      tries: 'make a call in the name of another session or user',
      held: 'the socket is the identity: the runner sets the token',
      run: (world) =>
        `${CURL} ${STATUS} -H 'Authorization: Bearer ${world.neighbour.id}' -H 'x-session-id: ${world.neighbour.id}' -H 'x-ai-sessions-session: ${world.neighbour.id}' -H 'anthropic-marker: attack-as-neighbour' http://m/v1/models`,
      check: ({ system, neighbour, owner }) =>
        neighbour.key !== owner.key &&
        system.model.requests.some(
          ({ headers }) => headers['anthropic-marker'] === 'attack-as-neighbour' && headers['x-api-key'] === neighbour.key,
        ),
    },
    {
      id: 'answer-headers',
      tries: 'read a key or token out of the headers that come back',
      held: 'only named headers come back',
      run: `${CURL} -D - -o /dev/null http://m/v1/models; ${CURL} -X POST -d '{"broken' -D - http://m/v1/messages`,
      through: /set-cookie|^authorization|x-api-key: /im,
    },
    {
      id: 'crlf',
      tries: 'inject headers by line breaks in path and query',
      held: 'the query has a strict form',
      run: `for p in '/v1/models?beta=%0d%0ax-api-key:%20attacker' '/v1/models?limit=1%0aHost:evil' '/v1/models/a%0d%0aevil:1'; do ${CURL} ${STATUS} "http://m$p"; done; ${raw('GET /v1/models?beta=a\rx-api-key:attacker HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n')}`,
      through: /status 2|200 OK/,
    },
    {
      id: 'smuggle-cl-te',
      tries: 'smuggle a second request in (Content-Length against Transfer-Encoding)',
      held: 'two parsers that refuse ambiguity, and headers built anew between them',
      run: raw(`${head}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`),
      check: strangeRequests,
    },
    {
      id: 'smuggle-te-cl',
      tries: 'the same the other way round, with an obscured Transfer-Encoding',
      held: 'as above',
      run: `${raw(`${head}Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n5c\r\n${smuggled}0\r\n\r\n`)}; ${raw(`${head}Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n5c\r\n${smuggled}0\r\n\r\n`)}`,
      check: strangeRequests,
    },
    {
      id: 'smuggle-lengths',
      tries: 'the same with two lengths, and with a bare line feed',
      held: 'as above',
      run: `${raw(`${head}Content-Length: 2\r\nContent-Length: 80\r\n\r\n{}${smuggled}`)}; ${raw(`${head}Content-Length: 2\n\n{}${smuggled}`)}; ${raw(`${head}Content-Length: +2\r\n\r\n{}${smuggled}`)}`,
      check: strangeRequests,
    },
    {
      id: 'pipelining',
      tries: 'hide a forbidden request behind an allowed one on the same connection',
      held: 'each request is looked at',
      run: raw(`GET /v1/models HTTP/1.1\r\nHost: m\r\n\r\n${smuggled}GET /v1/models HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n`),
      check: strangeRequests,
    },
    {
      id: 'socket-swap',
      tries: 'replace the model socket by one of its own',
      held: 'the folder is mounted read-only',
      run: `mv "$ANTHROPIC_UNIX_SOCKET" /tmp/x && echo moved; rm -f "$ANTHROPIC_UNIX_SOCKET" && echo removed; touch "$(dirname "$ANTHROPIC_UNIX_SOCKET")/x" && echo made`,
      through: /moved|removed|made/,
    },
    {
      id: 'socket-hog',
      tries: 'keep others from the model by holding connections open',
      held: 'each session has a socket and a bound of its own',
      run: python(`
import os, socket
held = []
for n in range(300):
    s = socket.socket(socket.AF_UNIX); s.settimeout(2)
    try: s.connect(os.environ["ANTHROPIC_UNIX_SOCKET"]); s.sendall(b"POST /v1/messages HTTP/1.1\\r\\nHost: m\\r\\nContent-Length: 9999\\r\\n\\r\\n"); held.append(s)
    except OSError: break
print(len(held), "held")`),
      ends: 'contained',
      check: async (world) => !(await world.neighbourWorks()),
    },
  ],
};
