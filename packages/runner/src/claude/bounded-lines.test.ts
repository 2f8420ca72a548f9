import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedLines } from './bounded-lines.ts';

async function linesOf(chunks: Iterable<Buffer>, longest: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of boundedLines(Readable.from(chunks), longest)) lines.push(line);
  return lines;
}

test('the lines are the same however the bytes come, those that are too long left out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[ab\n]{0,9}$/)), async (chunks) => {
      const lines = chunks.join('').split('\n');
      // Nothing behind the last line feed is no line.
      if (lines.at(-1) === '') lines.pop();
      expect(
        await linesOf(
          chunks.map((chunk) => Buffer.from(chunk)),
          4,
        ),
      ).toEqual(lines.filter((line) => line.length <= 4));
    }),
  );
});

test('a character that is cut between two chunks is whole', async () => {
  const bytes = Buffer.from('a€b\nc');
  const chunks = [...bytes].map((byte) => Buffer.from([byte]));
  expect(await linesOf(chunks, 100)).toEqual(['a€b', 'c']);
});
