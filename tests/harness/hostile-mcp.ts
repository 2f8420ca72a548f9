import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

const events = { 'content-type': 'text/event-stream' };
const tools = [{ name: 'echo', description: 'Says it again', inputSchema: { type: 'object' } }];

interface Asked {
  readonly id?: number | string;
  readonly method: string;
}

type Answer = (asked: Asked, response: ServerResponse) => void;

/** What goes wrong with an MCP server over HTTP, by the path it is at. GET opens a stream that stays empty, unless told. */
const posts: Readonly<Record<string, Answer>> = {
  '/headers': (_asked, response) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders(),
  '/events': (_asked, response) => response.writeHead(200, events).flushHeaders(),
  '/no-tools': (asked, response) => asked.method !== 'tools/list' && answer(asked, response),
  '/no-prompts': (asked, response) => !/^(prompts|resources)\//.test(asked.method) && answer(asked, response),
  '/tools-once': onceThenNever(),
  '/endless': (_asked, response) => endless(response.writeHead(200, { 'content-type': 'application/json' }), ' '),
  '/comments': (_asked, response) => endless(response.writeHead(200, events), ': still here\n\n'),
  '/flood': answer,
  '/pages': (asked, response) =>
    asked.method === 'tools/list' ? reply(asked, response, { tools: [], nextCursor: 'more' }, 2000) : answer(asked, response),
};

const gets: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/flood': (response) => endless(response, `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: {} })}\n\n`),
  '/sse-comments': (response) => endless(response, ': still here\n\n'),
  '/sse-no-answer': (response) => response.write('event: endpoint\ndata: /never\n\n'),
};

/** MCP servers that are broken, slow or mean, each at a path of its own. */
export async function hostileServers(): Promise<{ url: (path: string) => string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    response.on('error', () => {});
    void serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  if (request.method === 'GET') {
    response.writeHead(200, events).flushHeaders();
    gets[path]?.(response);
  } else if (request.method === 'POST') {
    const asked = JSON.parse(await new Response(request).text()) as Asked;
    posts[path]?.(asked, response);
  } else response.writeHead(405).end();
}

function answer(asked: Asked, response: ServerResponse): void {
  if (asked.id === undefined) return void response.writeHead(202).end();
  if (asked.method === 'initialize') {
    const serverInfo = { name: 'hostile', version: '1' };
    return reply(asked, response, {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {}, prompts: {}, resources: {}, logging: {} },
      serverInfo,
    });
  }
  reply(asked, response, asked.method === 'tools/list' ? { tools } : {});
}

function reply({ id }: Asked, response: ServerResponse, result: object, afterMs = 0): void {
  setTimeout(
    () => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result })),
    afterMs,
  );
}

function onceThenNever(): Answer {
  let listed = false;
  return (asked, response) => {
    if (asked.method === 'tools/list' && listed) return;
    listed ||= asked.method === 'tools/list';
    answer(asked, response);
  };
}

/** Writes as fast as the reader reads. */
function endless(response: ServerResponse, text: string): void {
  const piece = text.repeat(Math.ceil(65_536 / text.length));
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', more);
  more();
}

/** An address that answers no attempt to connect: its listener sleeps, and its queue is full. */
export async function blackHole(): Promise<{ port: number } & AsyncDisposable> {
  const program = `const server = require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    process.send(server.address().port, () => process.kill(process.pid, 'SIGSTOP'));
  });`;
  const child: ChildProcess = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  // It sleeps: it would not notice that nobody needs it any more.
  process.once('exit', () => child.kill('SIGKILL'));
  const [port] = (await once(child, 'message')) as [number];
  const waiting: Socket[] = [];
  do {
    waiting.push(connect(port, '127.0.0.1').on('error', () => {}));
    // The kernel connects at once, or not at all: a turn of the loop after the pause it is known which.
    await new Promise((resolve) => setTimeout(() => setImmediate(resolve), 300));
  } while (waiting.at(-1)?.connecting === false);
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
