import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { chmod, rm } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { endToEndHeaders } from '../end-to-end-headers.ts';
import type { Dialled } from './egress.ts';

export type Dial = (host: string, port: number) => Promise<Dialled>;

const MAX_CONNECTIONS = 256;
const MAX_HEADER_BYTES = 64 * 1024;
const HEADERS_MS = 15_000;
/** A request whose body is long in coming, such as a large upload. */
const REQUEST_MS = 60 * 60_000;
/** Of a tunnel with one side closed, the other side has this long between two bytes. */
const HALF_OPEN_MS = 60_000;

/**
 * An HTTP proxy on a unix socket: tunnels (CONNECT) and plain requests with a whole URL. It looks into nothing that is encrypted, keeps
 * nothing, and reads no faster than the other side takes.
 */
export class EgressProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #dial: Dial;
  readonly #clients = new Set<Duplex>();

  private constructor(dial: Dial) {
    this.#dial = dial;
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, noDelay: true });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connection', (socket) => {
      this.#clients.add(socket);
      // A broken connection shows as its close; an error that nobody hears would end the runner.
      socket.on('error', () => {});
      socket.once('close', () => this.#clients.delete(socket));
    });
    this.#server.on(
      'connect',
      (request: IncomingMessage, client: Duplex, head: Buffer) => void this.#tunnel(request.url ?? '', client, head),
    );
    this.#server.on('request', (request, response) => void this.#forward(request, response));
    // Asked for in plain HTTP, which proxies do not carry: clients of WebSockets use a tunnel.
    this.#server.on('upgrade', (_request: IncomingMessage, client: Duplex) => client.end(answerText(501, 'Use CONNECT for this.')));
  }

  static async listen(path: string, dial: Dial): Promise<EgressProxy> {
    const proxy = new EgressProxy(dial);
    await rm(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(path, resolve);
    });
    await chmod(path, 0o600);
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const client of this.#clients) client.destroy();
    await closed;
  }

  async #tunnel(target: string, client: Duplex, head: Buffer): Promise<void> {
    const [, host = target, port = ''] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(target) ?? [];
    const dialled = await this.#dial(host, Number(port));
    if (!dialled.ok) return void client.end(answerText(dialled.status, dialled.why));
    const { socket } = dialled;
    if (client.destroyed) return void socket.destroy();
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.write(head);
    client.pipe(socket);
    socket.pipe(client);
    for (const side of [client, socket]) side.once('end', () => socket.setTimeout(HALF_OPEN_MS));
    client.once('close', () => socket.destroy());
    socket.once('close', () => client.destroy());
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = /^http:\/\//i.test(request.url ?? '') ? URL.parse(request.url ?? '') : null;
    if (url === null)
      return refuse(response, 400, 'This is the way out of the session: an HTTP proxy, which takes a whole http URL, or CONNECT.');
    const dialled = await this.#dial(url.hostname, url.port === '' ? 80 : Number(url.port));
    if (!dialled.ok) return refuse(response, dialled.status, dialled.why);
    const { socket } = dialled;
    if (response.destroyed) return void socket.destroy();
    const upstream = httpRequest({
      createConnection: () => socket,
      method: request.method ?? 'GET',
      path: `${url.pathname}${url.search}`,
      headers: { ...endToEndHeaders(request.headers), ...framing(request.headers), host: url.host, connection: 'close' },
      setHost: false,
    });
    response.once('close', () => socket.destroy());
    request.pipe(upstream);
    upstream.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEndHeaders(answer.headers));
      response.flushHeaders();
      answer.pipe(response);
      answer.once('error', () => response.destroy());
      // Cut in the middle: the program has to see a broken connection, not the end of an answer.
      answer.once('close', () => {
        if (!answer.complete) response.destroy();
        socket.destroy();
      });
    });
    upstream.on('error', () => {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, `${url.host} broke the connection off.`);
    });
  }
}

/** A body without a length is sent on in chunks, with GET and DELETE too: without, it would be read as a further request. */
function framing({ 'transfer-encoding': encoding }: IncomingHttpHeaders): OutgoingHttpHeaders {
  return encoding === undefined ? {} : { 'transfer-encoding': encoding };
}

function refuse(response: ServerResponse, status: number, why: string): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-egress': status === 403 ? 'denied' : 'failed',
    connection: 'close',
  });
  response.end(`${why}\n`);
}

/** The refusal of a tunnel, as raw HTTP. */
function answerText(status: number, why: string): string {
  const body = `${why}\n`;
  const head = [
    `HTTP/1.1 ${status} ${status === 403 ? 'Denied by the egress policy' : 'Not reachable'}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-egress: ${status === 403 ? 'denied' : 'failed'}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
