import { createServer, type IncomingMessage, type Server } from 'node:http';
import { chmod } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** All that Claude Code's sign-in talks to: the exchange of the code, and who has signed in. */
const HOSTS: ReadonlySet<string> = new Set(['platform.claude.com', 'api.anthropic.com']);
const PORT = 443;
const MAX_CONNECTIONS = 16;
const CONNECT_MS = 15_000;
const IDLE_MS = 90_000;

/** Where a host's connections go, and the way there: in tests a loopback port. */
export type HostAddresses = Readonly<Record<string, { readonly host: string; readonly port: number }>>;

export interface LoginProxyOptions {
  /** A unix socket's path, or `loopback` for a free TCP port of 127.0.0.1. */
  readonly listen: string;
  /** Stand-ins for the real hosts, by name. The list of hosts stays as it is. */
  readonly addresses?: HostAddresses;
}

/**
 * The one way out of a sign-in's sandbox: an HTTP proxy that tunnels (CONNECT) to port 443 of the two hosts of Claude's
 * sign-in and refuses all else. What passes is TLS from end to end and is not looked into.
 */
export class LoginProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #addresses: HostAddresses;
  readonly #sockets = new Set<Duplex>();

  private constructor(addresses: HostAddresses) {
    this.#addresses = addresses;
    this.#server = createServer({ maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 10_000 });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.#server.on('request', (_request, response) => {
      response.writeHead(403, { connection: 'close' }).end();
    });
    this.#server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => this.#tunnel(request.url ?? '', client, head));
  }

  /** Listens. A unix socket may be connected to by its owner only. */
  static async listen({ listen, addresses = {} }: LoginProxyOptions): Promise<LoginProxy> {
    const proxy = new LoginProxy(addresses);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      if (listen === 'loopback') proxy.#server.listen(0, '127.0.0.1', resolve);
      else proxy.#server.listen(listen, resolve);
    });
    if (listen !== 'loopback') await chmod(listen, 0o600);
    return proxy;
  }

  /** The TCP port; 0 for a unix socket. */
  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #tunnel(target: string, client: Duplex, head: Buffer): void {
    const [, host = '', port = ''] = /^([a-z0-9.-]+):(\d{1,5})$/i.exec(target) ?? [];
    const name = host.toLowerCase();
    if (!HOSTS.has(name) || Number(port) !== PORT) return void client.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
    const upstream = this.#keep(connect(this.#addresses[name] ?? { host: name, port: PORT }));
    let connected = false;
    upstream.setTimeout(CONNECT_MS, () => upstream.destroy());
    upstream.once('connect', () => {
      connected = true;
      upstream.setTimeout(IDLE_MS);
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
    upstream.once('close', () => {
      if (connected) client.destroy();
      else client.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n');
    });
    client.once('close', () => upstream.destroy());
  }

  #keep<S extends Duplex | Socket>(socket: S): S {
    this.#sockets.add(socket);
    // A broken connection shows as its close; an error that nobody hears would end the runner.
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
