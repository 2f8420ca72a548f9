import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDiff } from './line-diff.ts';

const marks = { same: ' ', removed: '-', added: '+' };
const short = (before: string, after: string) => lineDiff(before, after).map((line) => marks[line.kind] + line.text);

test.each([
  ['a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
  ['', 'a\nb', ['+a', '+b']],
  ['a\nb', '', ['-a', '-b']],
  ['a\nb\nc\nd', 'b\nd\ne', ['-a', ' b', '-c', ' d', '+e']],
  ['same', 'same', [' same']],
])('%j to %j', (before, after, lines) => expect(short(before, after)).toEqual(lines));

test('what is not added is the text before, what is not removed the text after', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 12 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDiff(before, after);
      const without = (kind: string) => lines.filter((line) => line.kind !== kind).map((line) => line.text);
      expect(without('added').join('\n')).toBe(before);
      expect(without('removed').join('\n')).toBe(after);
    }),
  );
});

test('very long texts are compared in bounded time', () => {
  const many = (letter: string) => Array.from({ length: 5000 }, (_, index) => `${letter}${index}`).join('\n');
  expect(lineDiff(many('a'), many('b')).length).toBe(10_000);
});
