import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { rolldown } from 'rolldown';
import { until } from './until.ts';

const everything = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js');

/** The reference server in one file, so that it runs where there is no `node_modules`. */
export async function everythingInOneFile(): Promise<string> {
  const bundle = await rolldown({ input: everything, platform: 'node', logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  return output[0].code;
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The reference server over HTTP, as a process of its own. */
export class EverythingServer implements AsyncDisposable {
  readonly kind: 'streamableHttp' | 'sse';
  readonly port: number;
  #process: ChildProcess | undefined;

  private constructor(kind: 'streamableHttp' | 'sse', port: number) {
    this.kind = kind;
    this.port = port;
  }

  static async start(kind: 'streamableHttp' | 'sse', port?: number): Promise<EverythingServer> {
    const server = new EverythingServer(kind, port ?? (await freePort()));
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/${this.kind === 'sse' ? 'sse' : 'mcp'}`;
  }

  async start(): Promise<void> {
    this.#process = spawn(process.execPath, [everything, this.kind], { env: { PORT: String(this.port) }, stdio: 'ignore' });
    await until(async () => (await fetch(`http://127.0.0.1:${this.port}/`).catch(() => null)) !== null);
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** Passes HTTP on to a port, and keeps the headers of each request. */
export async function recordingProxy(port: number): Promise<{ port: number; seen: IncomingHttpHeaders[] } & AsyncDisposable> {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    void (async () => {
      const body = request.method === 'POST' ? await new Response(request).text() : null;
      const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'content-length' && name !== 'host'));
      const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, {
        method: request.method ?? 'GET',
        headers: headers as Record<string, string>,
        body,
      });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      for await (const chunk of answer.body ?? []) response.write(chunk);
      response.end();
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, seen, [Symbol.asyncDispose]: () => closeServer(server, new Set()) };
}

/** Accepts connections and never says a word. */
export async function silentServer(): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => closeServer(server, sockets) };
}

async function closeServer(server: Server & { closeAllConnections?(): void }, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections?.();
  for (const socket of sockets) socket.destroy();
  await closed;
}
