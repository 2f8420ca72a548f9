import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { WorkspaceRefused } from './workspace-refused.ts';

/** Moves bytes between this runner and the server's blobs. */
export interface ServerFiles extends AsyncDisposable {
  /** @throws WorkspaceRefused `unavailable` when the server does not give it. */
  fetch(url: string): Promise<{ readonly size: number; readonly body: Readable }>;
  /** @param size null when it is not known before. @throws WorkspaceRefused `payload_too_large`, `unavailable`. */
  send(url: string, size: number | null, body: Readable): Promise<void>;
}

export interface ServerFilesOptions {
  /** Base URL of the server, without a trailing slash. */
  readonly serverUrl: string;
  /** The bearer secret of the link; asked each time. */
  readonly token: () => string;
}

/** Shorter than the server waits for the answer. */
const longestMs = 110_000;

export function createServerFiles({ serverUrl, token }: ServerFilesOptions): ServerFiles {
  const agent = new Agent({ connections: 16 });

  /** Only the server itself is shown the secret; a URL elsewhere brings its own permission. */
  const target = (url: string) =>
    url.startsWith('/') ? { url: `${serverUrl}${url}`, headers: { authorization: `Bearer ${token()}` } } : { url, headers: {} };

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
    async send(given, size, body) {
      const { url, headers } = target(given);
      const reply = await request(url, {
        dispatcher: agent,
        method: 'PUT',
        headers: size === null ? headers : { ...headers, 'content-length': String(size) },
        body,
        signal: AbortSignal.timeout(longestMs),
      });
      await reply.body.dump();
      if (reply.statusCode === 413)
        throw new WorkspaceRefused(
          'payload_too_large',
          size === null ? 'Packed it is larger than may be transferred.' : `The file has ${size} bytes, more than may be transferred.`,
        );
      if (reply.statusCode === 503)
        throw new WorkspaceRefused('unavailable', 'The server has no room for a copy of this file now. Try again later.');
      if (reply.statusCode >= 300) throw new Error(`the server answered ${reply.statusCode} to a file`);
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}
