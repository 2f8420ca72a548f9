import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Readable, Writable } from 'node:stream';
import { Agent, request } from 'undici';
import { WorkspaceRefused } from './workspace-refused.ts';

/** Moves bytes between this runner and the server's blobs. */
export interface ServerFiles extends AsyncDisposable {
  /** @throws WorkspaceRefused `unavailable` when the server does not give it. */
  fetch(url: string): Promise<{ readonly size: number; readonly body: Readable }>;
  /**
   * @param size null when it is not known before.
   * @param write writes the body; it has ended when this resolves. What it throws is thrown, unless the server's answer came first.
   * @throws WorkspaceRefused `payload_too_large`, `unavailable`.
   */
  send(url: string, size: number | null, write: (body: Writable) => Promise<void>): Promise<void>;
}

export interface ServerFilesOptions {
  /** Base URL of the server, without a trailing slash. */
  readonly serverUrl: string;
  /** The bearer secret of the link; asked each time. */
  readonly token: () => string;
}

/** Shorter than the server waits for the answer. */
const longestMs = 110_000;

const connections = 16;
/** A connection for each file: one that was kept may be closed by the server in the moment in which it is used again. */
const idle = { keepAlive: false, maxSockets: connections };

export function createServerFiles({ serverUrl, token }: ServerFilesOptions): ServerFiles {
  const agent = new Agent({ connections });
  // Of node's own client, for it tells when a piece has left: its buffer can be used again.
  const senders = { 'http:': { ...http, agent: new http.Agent(idle) }, 'https:': { ...https, agent: new https.Agent(idle) } };
  const closing = new AbortController();

  /** Only the server itself is shown the secret; a URL elsewhere brings its own permission. */
  const target = (url: string): { url: string; headers: Record<string, string> } =>
    url.startsWith('/') ? { url: `${serverUrl}${url}`, headers: { authorization: `Bearer ${token()}` } } : { url, headers: {} };

  /** Writes a request's body, and gives the answer to it, which may come before the body's end. */
  async function put(url: string, headers: Record<string, string>, write: (body: Writable) => Promise<void>): Promise<IncomingMessage> {
    const { request, agent } = url.startsWith('https:') ? senders['https:'] : senders['http:'];
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(longestMs)]);
    const sent = request(url, { method: 'PUT', agent, headers });
    const onAbort = () => sent.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
    const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    sent.once('response', resolve);
    sent.on('error', reject);
    const written = write(sent).then(
      () => void sent.end(),
      (error: Error) => void sent.destroy(error),
    );
    try {
      const reply = await answered;
      reply.on('error', () => {}).resume();
      return reply;
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (!sent.writableEnded) sent.destroy();
      await written;
    }
  }

  return {
    async fetch(given) {
      const { url, headers } = target(given);
      const {
        statusCode,
        headers: replied,
        body,
      } = await request(url, { dispatcher: agent, headers, signal: AbortSignal.timeout(longestMs) });
      if (statusCode === 200) return { size: Number(replied['content-length']), body };
      await body.dump();
      throw new Error(`the server answered ${statusCode} to a fetch`);
    },
    async send(given, size, write) {
      const { url, headers } = target(given);
      const { statusCode = 0 } = await put(url, size === null ? headers : { ...headers, 'content-length': String(size) }, write);
      if (statusCode === 413)
        throw new WorkspaceRefused(
          'payload_too_large',
          size === null ? 'Packed it is larger than may be transferred.' : `The file has ${size} bytes, more than may be transferred.`,
        );
      if (statusCode === 503)
        throw new WorkspaceRefused('unavailable', 'The server has no room for a copy of this file now. Try again later.');
      if (statusCode >= 300) throw new Error(`the server answered ${statusCode} to a file`);
    },
    async [Symbol.asyncDispose]() {
      closing.abort(Object.assign(new Error('the runner stops'), { code: 'ECONNABORTED' }));
      await agent.destroy();
    },
  };
}
