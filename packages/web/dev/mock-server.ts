import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { clientFrame } from '@ai-sessions/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { answerCall, MockRefusal, type MockState, newProfile } from './mock-api.ts';
import { MockSession } from './mock-log.ts';
import { answer, playTurn } from './mock-script.ts';
import { newRecord, oldRecords, seedSessions } from './mock-sessions.ts';

/**
 * Stands in for the server while the web app is looked at: speaks the contract, keeps everything in memory, serves the built
 * app under the same content security policy. `POST /mock` with JSON changes what it does, see `Knobs`.
 */
interface Knobs {
  signedIn: boolean;
  registered: boolean;
  credential: MockState['credential'] | null;
  /** Answer nothing and accept no connection. */
  down: boolean;
  mode: 'local' | 'oidc';
  demo: boolean;
  claude_login: boolean;
  /** Milliseconds between two pieces of a stream. */
  pace: number;
  /** How many sessions ended long ago. */
  old: number;
  /** A user without any session. */
  empty: boolean;
  /** Cut all WebSocket connections with this close code. */
  cut: number;
}

const knobs: Knobs = {
  signedIn: true,
  registered: true,
  credential: 'api_key',
  down: false,
  mode: 'local',
  demo: false,
  claude_login: true,
  pace: 15,
  old: 0,
  empty: false,
  cut: 0,
};
const policy = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'";
const dist = join(import.meta.dirname, '../dist');
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const sockets = new Set<WebSocket>();

const state: MockState = {
  registered: true,
  credential: 'api_key',
  old: [],
  isEmpty: false,
  sessions: new Map((await seedSessions()).map((session) => [session.record.id, session])),
  profiles: new Map(
    [
      newProfile('prf_default', {
        name: 'Default',
        allowed_tools: ['Read', 'Bash(grep:*)', 'Bash(jq:*)'],
        description: 'Reads freely, edits in the workspace, asks for the rest',
      }),
      newProfile('prf_full', { name: 'Full permissions', permission_mode: 'bypassPermissions' }),
      newProfile('prf_inv', {
        name: 'Investigation',
        description: 'For security investigations',
        denied_tools: ['WebFetch'],
        model: 'opus',
        max_turns: 100,
        max_budget_usd: 10,
        environment: { LC_OID: '***' },
        mcp_servers: { limacharlie: { type: 'http', url: 'https://mcp.example.com', headers: { authorization: '***' } } },
      }),
    ].map((profile, index) => [profile.id, { ...profile, is_default: index === 0 }]),
  ),
  createSession(body) {
    const id = `ses_new${state.sessions.size}`;
    const { initial_prompt, name, permission_mode, model, max_budget_usd } = body as Record<string, string | undefined>;
    const given = {
      ...(permission_mode ? { permission_mode } : {}),
      ...(model ? { model } : {}),
      ...(max_budget_usd ? { max_budget_usd } : {}),
    };
    const session = new MockSession(
      newRecord(id, { name: name ?? 'New session', status: 'pending', activity: null, ...(given as object) }),
    );
    state.sessions.set(id, session);
    setTimeout(() => {
      session.record.status = 'running';
      session.become('idle');
      if (initial_prompt !== undefined) void playTurn(session, initial_prompt, knobs.pace, (player) => answer(player, initial_prompt));
    }, 1200);
    return session;
  },
  endSession(session) {
    if (session.record.status === 'running' || session.record.status === 'pending') session.end('terminated', 'user_requested');
  },
};

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    const status = error instanceof MockRefusal ? error.status : 500;
    const code = error instanceof MockRefusal ? error.code : 'internal';
    reply(response, status, {
      error: code,
      message: error instanceof Error ? error.message : String(error),
      status,
      ...(status === 500 ? { request_id: 'req_mock' } : {}),
    });
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://mock');
  const body = await bodyOf(request);
  if (url.pathname === '/mock') return turnKnobs(response, body as Partial<Knobs>);
  if (knobs.down && (url.pathname.startsWith('/v1') || url.pathname.startsWith('/auth'))) return void request.socket.destroy();
  if (url.pathname.startsWith('/auth/')) return answerAuth(response, url.pathname, body as { code?: string } | undefined);
  if (!url.pathname.startsWith('/v1/')) return serveFile(response, url.pathname);
  if (!(request.headers.authorization ?? '').startsWith('Bearer mock.')) throw new MockRefusal('unauthorized', 'Sign in again.');
  const answered = answerCall(state, request.method ?? 'GET', url, body);
  if (answered === undefined) throw new MockRefusal('not_found', `The mock does not have ${request.method} ${url.pathname}.`);
  reply(response, answered.status, answered.json);
}

function turnKnobs(response: ServerResponse, change: Partial<Knobs>): void {
  Object.assign(knobs, change);
  state.registered = knobs.registered;
  state.credential = knobs.credential ?? undefined;
  state.isEmpty = knobs.empty;
  if (state.old.length !== knobs.old) state.old = oldRecords(knobs.old);
  if (knobs.cut !== 0) for (const socket of sockets) socket.close(knobs.cut);
  if (knobs.down) for (const socket of sockets) socket.terminate();
  knobs.cut = 0;
  reply(response, 200, knobs);
}

function answerAuth(response: ServerResponse, path: string, body: { code?: string } | undefined): void {
  const grant = { token: `mock.${Date.now()}.x`, expires_in: 300, email: 'ana@example.com' };
  if (path === '/auth/config') return reply(response, 200, { mode: knobs.mode, demo: knobs.demo, claude_login: knobs.claude_login });
  if (path === '/auth/sign-in') knobs.signedIn = body?.code === 'GOOD';
  if (path === '/auth/sign-out') knobs.signedIn = false;
  reply(response, knobs.signedIn || path === '/auth/sign-out' ? 200 : 401, knobs.signedIn ? grant : {});
}

async function serveFile(response: ServerResponse, path: string): Promise<void> {
  const name = normalize(extname(path) === '' ? '/index.html' : path);
  const file = await readFile(join(dist, name)).catch(() => undefined);
  response.writeHead(file === undefined ? 404 : 200, {
    'content-type': types[extname(name)] ?? 'application/octet-stream',
    'content-security-policy': policy,
  });
  response.end(file);
}

function reply(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(json));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
}

const upgrades = new WebSocketServer({ noServer: true, handleProtocols: () => 'access_token' });
server.on('upgrade', (request, socket, head) => {
  const url = new URL(request.url ?? '/', 'http://mock');
  const session = state.sessions.get(/^\/v1\/sessions\/([^/]+)\/ws$/.exec(url.pathname)?.[1] ?? '');
  if (knobs.down || session === undefined) return void socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
  upgrades.handleUpgrade(request, socket, head, (peer) => attach(peer, session, Number(url.searchParams.get('after_seq') ?? 0)));
});

function attach(socket: WebSocket, session: MockSession, afterSeq: number): void {
  sockets.add(socket);
  const send = (frame: object) => socket.send(JSON.stringify(frame));
  const missing = session.events.slice(afterSeq);
  for (let start = 0; start < missing.length; start += 250) {
    send(session.frame('history', { messages: missing.slice(start, start + 250), more: start + 250 < missing.length }));
  }
  const end = session.events.at(-1);
  if (end?.type === 'session_end') {
    send(end);
    socket.close(4100);
    return;
  }
  send(session.frame('session_status', session.status()));
  session.viewers.add(send);
  socket.on('close', () => {
    session.viewers.delete(send);
    sockets.delete(socket);
  });
  socket.on('message', (data) => receive(session, send, (data as Buffer).toString()));
}

function receive(session: MockSession, send: (frame: object) => void, data: string): void {
  const frame = clientFrame.parse(JSON.parse(data));
  if (frame.type === 'heartbeat') send(session.frame('heartbeat', {}));
  if (frame.type === 'prompt') {
    const { text, client_msg_id } = frame.payload;
    const known = session.events.some((event) => event.type === 'prompt_status' && event.payload.client_msg_id === client_msg_id);
    if (text === 'refuse me')
      send(
        session.frame('error', {
          code: 'budget_exhausted',
          message: 'The budget of this session is spent. Raise it to go on.',
          ...(client_msg_id === undefined ? {} : { client_msg_id }),
        }),
      );
    else if (!known) void playTurn(session, text, knobs.pace, (player) => answer(player, text), client_msg_id);
  }
  if (frame.type === 'cancel_prompt') {
    const { prompt_id } = frame.payload;
    session.live.queue = session.live.queue.filter((queued) => queued.prompt_id !== prompt_id);
    session.add('prompt_status', { prompt_id, status: 'cancelled' });
  }
  if (frame.type === 'tool_approval_response') session.answers.get(frame.payload.tool_use_id)?.(frame.payload);
  if (frame.type === 'ask_user_question_response') session.answers.get(frame.payload.question_id)?.(frame.payload);
  if (frame.type === 'interrupt') {
    session.interrupted = true;
    for (const [id, settle] of session.answers) {
      session.answers.delete(id);
      settle({ approved: false, interrupted: true, message: 'Interrupted.' });
    }
  }
}

const port = Number(process.argv[2] ?? 8080);
server.listen(port, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${port}/sign-in#code=GOOD\n`));
