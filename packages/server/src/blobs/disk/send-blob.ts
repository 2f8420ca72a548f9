import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { writeFileTo } from '@ai-sessions/file-bytes';
import { byteRange } from './byte-range.ts';
import { sendEmpty, writeHead } from './blob-reply.ts';

/** However slowly it is read: the rest can be asked for, as a range. */
const longestMs = 3600_000;

/** Answers GET and HEAD with the file's bytes, or the range of them that is asked for. The bytes behind an `etag` never change. */
export async function sendBlob(
  request: IncomingMessage,
  response: ServerResponse,
  file: FileHandle,
  options: { readonly etag: string; readonly headers: OutgoingHttpHeaders; readonly silenceMs: number },
): Promise<void> {
  const { size } = await file.stat();
  const { etag, silenceMs } = options;
  const { range: wanted, 'if-range': onlyIf } = request.headers;
  const range = request.method === 'GET' && (onlyIf === undefined || onlyIf === etag) ? byteRange(wanted, size) : null;
  const headers = { ...options.headers, 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes', etag };
  if (range === 'unsatisfiable') return sendEmpty(response, 416, { 'content-range': `bytes */${size}`, 'content-length': 0 });
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = end - start + 1;
  writeHead(response, range === null ? 200 : 206, {
    ...headers,
    'content-length': length,
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD' || length === 0) return void response.end();
  response.setTimeout(silenceMs, () => response.destroy());
  const late = setTimeout(() => response.destroy(), longestMs);
  try {
    await writeFileTo(file, { start, length }, response);
    response.end();
  } catch (error) {
    // A reader that leaves is no fault, and nothing is left to answer then.
    if (!response.destroyed) throw error;
  } finally {
    clearTimeout(late);
  }
}
