import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { FileWriter } from '@ai-sessions/file-bytes';

export interface Received {
  /** Bytes that are in the file now. */
  readonly size: number;
  /** `over`: more came than the limit, and was not read further; `cut`: the connection broke, what came before is written. */
  readonly how: 'whole' | 'over' | 'cut';
}

export interface BodyLimits {
  /** Where the first byte goes. */
  readonly start: number;
  /** Most that the file may have. */
  readonly limit: number;
  /** How long the sender may say nothing before it is cut off. */
  readonly silenceMs: number;
}

/**
 * Writes a request's body into the file, from `start` on and never beyond `limit` bytes of file; little of it is in memory at a time.
 * Throws what the file system throws. The connection is left open, so that an answer can be sent.
 */
export async function receiveBody(request: IncomingMessage, file: FileHandle, { start, limit, silenceMs }: BodyLimits): Promise<Received> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (start + declared > limit) return { size: start, how: 'over' };
  const writer = new FileWriter(file, start);
  request.setTimeout(silenceMs, () => request.destroy());
  const body = request.iterator({ destroyOnReturn: false });
  try {
    const received = await takeAll(request, body, writer, start, limit);
    await writer.flush();
    return received;
  } finally {
    request.setTimeout(0);
    await body.return?.();
  }
}

async function takeAll(
  request: IncomingMessage,
  body: AsyncIterator<Buffer>,
  writer: FileWriter,
  start: number,
  limit: number,
): Promise<Received> {
  let size = start;
  for (;;) {
    const next = await body.next().catch(() => null);
    if (next === null) return { size, how: 'cut' };
    if (next.done === true) return { size, how: request.complete ? 'whole' : 'cut' };
    if (size + next.value.length > limit) return { size, how: 'over' };
    size += next.value.length;
    await writer.push(next.value);
  }
}
