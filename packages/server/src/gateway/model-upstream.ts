import { type Readable, Transform } from 'node:stream';
import { Pool } from 'undici';

export interface UpstreamTimeouts {
  /** Until the upstream begins its answer, in milliseconds. */
  readonly headersMs: number;
  /** Of silence within an answer; Anthropic's streams are never silent for long, they carry pings. */
  readonly silenceMs: number;
}

/**
 * Kept-alive connections to the Messages API. HTTP/1.1, a connection for each running call: over HTTP/2 one broken or
 * draining connection would take the streams of many sessions with it.
 */
export function createModelUpstream(base: string, timeouts: UpstreamTimeouts): { readonly pool: Pool; readonly basePath: string } {
  const url = new URL(base);
  const pool = new Pool(url.origin, {
    connections: 512,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: 10_000 },
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.silenceMs,
    keepAliveTimeout: 60_000,
  });
  return { pool, basePath: url.pathname.replace(/\/+$/, '') };
}

/** A request body grew over its bound. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/**
 * The request's body, bounded, as a stream of its own: the upstream client destroys the stream it is given when the
 * answer comes early, which would take the caller's connection along.
 */
export function boundedBody(source: Readable, longest: number): Readable {
  let length = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      done(length > longest ? new BodyTooLarge(`over ${longest} bytes`) : null, chunk);
    },
  });
  source.once('error', (error) => bounded.destroy(error));
  bounded.once('close', () => {
    source.unpipe(bounded);
    source.resume();
  });
  // Its user hears of the error where it reads; without a listener it would end the process.
  bounded.on('error', () => {});
  return source.pipe(bounded);
}
