import { expect, it } from 'vitest';
import { type BodyEnd, boundedResponse } from './bounded-body.ts';
import { ReadingPace } from './reading-pace.ts';

async function read(
  type: string,
  chunks: readonly string[],
  maxBytes: number,
): Promise<{ text: string | Error; end: BodyEnd | undefined }> {
  let end: BodyEnd | undefined;
  const body = ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));
  const bounds = { pace: new ReadingPace(), onEnd: (ended: BodyEnd) => (end = ended), maxBytes };
  const bounded = boundedResponse(new Response(body, { headers: { 'content-type': type } }), bounds);
  const text = await bounded.text().catch((error: unknown) => error as Error);
  return { text, end };
}

it.each([
  ['a JSON answer of the length allowed', 'application/json', ['12345', '67890'], '1234567890', false],
  [
    'events, each of which is short',
    'text/event-stream',
    ['data: 1\n\n', 'data: 2\n\nda', 'ta: 3\n\n'],
    'data: 1\n\ndata: 2\n\ndata: 3\n\n',
    false,
  ],
  ['events with ids', 'text/event-stream', ['id: 1\n', 'data: 1\n\n'], 'id: 1\ndata: 1\n\n', true],
  ['an id after others', 'text/event-stream', ['data:\n', 'id: 7\n'], 'data:\nid: 7\n', true],
  ['data that only looks like an id', 'text/event-stream', ['data: a', 'id: 7\n\n'], 'data: aid: 7\n\n', false],
])('passes on %s', async (_name, type, chunks, text, resumable) => {
  expect(await read(type, chunks, 10)).toEqual({ text, end: { resumable } });
});

it.each([
  ['a JSON answer', 'application/json', ['123456', '789012']],
  ['one event', 'text/event-stream', ['data: 1\n', 'data: 12345678', '9']],
])('breaks off %s that is too long, and tells that it has ended', async (_name, type, chunks) => {
  const { text, end } = await read(type, chunks, 10);
  expect(text).toBeInstanceOf(Error);
  expect(end).toEqual({ resumable: false });
});
