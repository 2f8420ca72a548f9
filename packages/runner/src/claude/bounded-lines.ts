import type { Readable } from 'node:stream';

const LINE_FEED = 10;

/** The lines of a stream of bytes, without their ends. One that is longer than so many bytes is left out, and takes no memory. */
export async function* boundedLines(stream: Readable, longest: number): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const rest = chunk.subarray(from, end);
      if (length + rest.length <= longest) yield Buffer.concat([...pieces, rest]).toString();
      pieces = [];
      length = 0;
      from = end + 1;
    }
    const begun = chunk.subarray(from);
    length += begun.length;
    if (length <= longest) pieces.push(begun);
    else pieces = [];
  }
  if (length > 0 && length <= longest) yield Buffer.concat(pieces).toString();
}
