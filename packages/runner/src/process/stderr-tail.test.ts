import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { StderrTail } from './stderr-tail.ts';

async function tailOf(chunks: (string | Buffer)[], limit?: number): Promise<string> {
  const stream = new PassThrough();
  const tail = new StderrTail(stream, limit);
  for (const chunk of chunks) stream.write(chunk);
  await new Promise((resolve) => stream.end(resolve));
  await new Promise(setImmediate);
  return tail.text;
}

test.each([
  ['nothing', [], ''],
  ['all that fits', ['one\n', 'two\n'], 'one\ntwo\n'],
  ['a character that comes in two chunks', [Buffer.from([0xc3]), Buffer.from([0xa4])], 'ä'],
  ['a key', ['key sk-ant-api03-AbC_d-9, bad'], 'key sk-ant-[redacted], bad'],
  ['a key that comes in two chunks', ['key sk-an', 't-oat01-xyz\n'], 'key sk-ant-[redacted]\n'],
])('keeps %s', async (_, chunks, expected) => {
  expect(await tailOf(chunks)).toBe(expected);
});

test('keeps the last bytes of much, from a whole word on', async () => {
  expect(await tailOf(['x'.repeat(100), ' and so it', ' ended\n'], 16)).toBe('…so it ended\n');
});

test('keeps no rest of a key that was cut', async () => {
  expect(await tailOf(['sk-ant-api03-secretsecret was refused'], 24)).toBe('…was refused');
  expect(await tailOf(['sk-ant-api03-secretsecretsecret'], 12)).toBe('…');
});

test('stays bounded', async () => {
  const tail = await tailOf(Array.from({ length: 1000 }, (_, index) => `${'line '.repeat(20)}${index}\n`));
  expect(Buffer.byteLength(tail)).toBeLessThan(8.2 * 1024);
  expect(tail.endsWith('line 999\n')).toBe(true);
});

test('a flood is held back, until its writer has ended', async () => {
  const stream = new PassThrough();
  const tail = new StderrTail(stream);
  let written = 0;
  for (; written < 100 && (stream.write(Buffer.alloc(1024 * 1024, 'x')) || written < 4); written++) await new Promise(setImmediate);
  expect(written).toBeLessThan(100);
  stream.end('the last word');
  tail.hurry();
  await once(stream, 'close');
  expect(tail.text).toMatch(/last word$/);
});
