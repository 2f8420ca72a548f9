/** Longest message an MCP server may send, in bytes. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

const NEWLINE = 0x0a;

export interface BodyEnd {
  /** The stream named its events, so that a client may ask for the rest of it. */
  readonly resumable: boolean;
}

/**
 * The response with a body that breaks off when a message in it is longer than allowed, and that tells when it has ended:
 * read to its end, broken, or no longer wanted.
 */
export function boundedResponse(response: Response, onEnd: (end: BodyEnd) => void, maxBytes: number = MAX_MESSAGE_BYTES): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) return response;
  const lines = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const bounded = ReadableStream.from(readBounded(body, lines, onEnd, maxBytes));
  return new Response(bounded, { status, statusText, headers });
}

async function* readBounded(
  body: ReadableStream<Uint8Array>,
  lines: boolean,
  onEnd: (end: BodyEnd) => void,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let resumable = false;
  let atLineStart = true;
  try {
    for await (const chunk of body) {
      const lastNewline = lines ? chunk.lastIndexOf(NEWLINE) : -1;
      bytes = lastNewline === -1 ? bytes + chunk.length : chunk.length - lastNewline - 1;
      if (bytes > maxBytes) throw new Error(`a message of more than ${maxBytes} bytes`);
      if (lines && !resumable) {
        const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
        resumable = (atLineStart && text.startsWith('id:')) || text.includes('\nid:');
        atLineStart = chunk.at(-1) === NEWLINE;
      }
      yield chunk;
    }
  } finally {
    onEnd({ resumable });
  }
}
