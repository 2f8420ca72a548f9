import type { ReadingPace } from './reading-pace.ts';

/** Longest message an MCP server may send, in bytes. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Many messages in one answer, which nobody asks for: as long as one that only wraps its message. */
const MAX_BATCH_BYTES = 64 * 1024;
/** Events are handed on in pieces: those of one are handled in one go. */
const PIECE_BYTES = 8 * 1024;
const NEWLINE = 0x0a;
/** An event has its line and an empty one. */
const LINES_PER_EVENT = 2;

export interface BodyEnd {
  /** The stream named its events, so that a client may ask for the rest of it. */
  readonly resumable: boolean;
}

export interface BodyBounds {
  readonly pace: ReadingPace;
  readonly onEnd: (end: BodyEnd) => void;
  readonly maxBytes?: number;
}

/**
 * The response with a body that is read no faster than its pace, that breaks off when a message in it is longer than allowed, and that
 * tells when it has ended: read to its end, broken, or no longer wanted.
 */
export function boundedResponse(response: Response, bounds: BodyBounds): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) return response;
  const events = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const bounded = ReadableStream.from(events ? readEvents(body, bounds) : readMessage(body, bounds));
  return new Response(bounded, { status, statusText, headers });
}

/** How a message is told of that is longer than this. */
export function tooLong(maxBytes: number): Error {
  const size = maxBytes >= 1024 * 1024 ? `${Math.floor(maxBytes / 1024 / 1024)} MiB` : `${maxBytes} bytes`;
  return new Error(`The server sent a message of more than ${size}.`);
}

async function* readMessage(
  body: ReadableStream<Uint8Array>,
  { pace, onEnd, maxBytes = MAX_MESSAGE_BYTES }: BodyBounds,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let most = maxBytes;
  try {
    for await (const chunk of body) {
      if (bytes === 0 && isBatch(chunk)) most = Math.min(maxBytes, MAX_BATCH_BYTES);
      bytes += chunk.length;
      if (bytes > most) throw tooLong(most);
      yield chunk;
      await pace.read(chunk.length, 0);
    }
  } finally {
    onEnd({ resumable: false });
  }
}

async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { pace, onEnd, maxBytes = MAX_MESSAGE_BYTES }: BodyBounds,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let resumable = false;
  let atLineStart = true;
  try {
    for await (const chunk of body) {
      const lastNewline = chunk.lastIndexOf(NEWLINE);
      bytes = lastNewline === -1 ? bytes + chunk.length : chunk.length - lastNewline - 1;
      if (bytes > maxBytes) throw tooLong(maxBytes);
      if (!resumable) {
        const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
        resumable = (atLineStart && text.startsWith('id:')) || text.includes('\nid:');
        atLineStart = chunk.at(-1) === NEWLINE;
      }
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        yield piece;
        await pace.read(piece.length, linesIn(piece) / LINES_PER_EVENT);
      }
    }
  } finally {
    onEnd({ resumable });
  }
}

function linesIn(piece: Uint8Array): number {
  let lines = 0;
  for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}

function isBatch(chunk: Uint8Array): boolean {
  return Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.byteLength, 64)).toString('latin1').trimStart().startsWith('[');
}
