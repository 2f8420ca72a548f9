import { Agent, createServer, type IncomingMessage, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { chmod, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { forwardedHeaders, returnedHeaders } from './headers.ts';

export interface ModelSocketOptions {
  /** Host path to listen on. */
  readonly path: string;
  /** Base URL of the server. */
  readonly serverUrl: string;
  /** The session's bearer for the gateway, as it is now; undefined while there is no session. */
  readonly token: () => string | undefined;
  readonly log: Logger;
}

const MAX_REQUESTS = 64;
const MAX_HEADER_BYTES = 64 * 1024;
/** How long a request waits for a server that is being restarted. */
const CONNECT_PATIENCE_MS = 10_000;
const CONNECT_PAUSE_MS = 100;

/**
 * The one way out of a session's sandbox to the model: an HTTP server on a unix socket that hands `/v1/…` to the
 * server's gateway under the session's own token. The socket is the session's identity: no key is inside.
 * Streams both ways without buffering.
 */
export class ModelSocket implements AsyncDisposable {
  readonly #options: ModelSocketOptions;
  readonly #server: Server;
  readonly #agent: Agent;
  readonly #closing = new AbortController();

  private constructor(options: ModelSocketOptions) {
    this.#options = options;
    const secure = options.serverUrl.startsWith('https:');
    this.#agent = new (secure ? TlsAgent : Agent)({ keepAlive: true, maxSockets: MAX_REQUESTS, maxFreeSockets: 8 });
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 300_000, headersTimeout: 30_000, noDelay: true });
    this.#server.maxConnections = MAX_REQUESTS;
    this.#server.on('request', (request, response) => void this.#forward(request, response));
  }

  /** Listens. Only the socket's owner may connect. */
  static async listen(options: ModelSocketOptions): Promise<ModelSocket> {
    const socket = new ModelSocket(options);
    await rm(options.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      socket.#server.once('error', reject);
      socket.#server.listen(options.path, resolve);
    });
    await chmod(options.path, 0o600);
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = gatewayUrl(this.#options.serverUrl, request);
    if (target === undefined) return refuse(response, 404, 'not_found_error', 'Only /v1/ of the Messages API is here.');
    const token = this.#options.token();
    if (token === undefined) return refuse(response, 403, 'permission_error', 'This sandbox has no session.');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, this.#closing.signal]);
    const end = Date.now() + CONNECT_PATIENCE_MS;
    while (!signal.aborted) {
      const outcome = await this.#attempt(target, token, request, response, signal);
      if (outcome !== 'not_connected') return;
      if (Date.now() >= end) {
        this.#options.log.warn('the model gateway cannot be reached');
        return refuse(response, 529, 'overloaded_error', 'The server cannot be reached.');
      }
      await sleep(CONNECT_PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** One try. `not_connected`: nothing of the request has been sent or read, so that it may be tried again. */
  #attempt(
    target: URL,
    token: string,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<'done' | 'not_connected'> {
    const { promise, resolve } = Promise.withResolvers<'done' | 'not_connected'>();
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const headers = forwardedHeaders(request.headers, token);
    const upstream = send(target, { method: request.method ?? 'GET', headers, agent: this.#agent, signal });
    let connected = false;
    upstream.once('socket', (socket) => {
      const begin = () => {
        connected = true;
        request.pipe(upstream);
      };
      if (socket.connecting) socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', begin);
      else begin();
    });
    upstream.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, returnedHeaders(answer.headers));
      // The first event of a stream may be long in coming; its headers are not.
      response.flushHeaders();
      answer.pipe(response);
      answer.once('error', () => response.destroy());
      // Cut in the middle: Claude Code has to see a broken connection, not the end of an answer.
      answer.once('close', () => {
        if (!answer.complete) response.destroy();
        resolve('done');
      });
    });
    upstream.on('error', () => {
      if (connected) response.destroy();
      resolve(connected ? 'done' : 'not_connected');
    });
    return promise;
  }
}

/** The gateway's URL for a request of the sandbox; undefined if it is none for the model. */
function gatewayUrl(serverUrl: string, request: IncomingMessage): URL | undefined {
  if (request.method !== 'POST' && request.method !== 'GET') return undefined;
  if (!request.url?.startsWith('/')) return undefined;
  const asked = URL.parse(`http://model.internal${request.url}`);
  if (asked === null || !asked.pathname.startsWith('/v1/')) return undefined;
  return new URL(`${serverUrl}/internal/gateway${asked.pathname}${asked.search}`);
}

/** An error in the shape of the Messages API. */
function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ type: 'error', error: { type, message } }));
}
