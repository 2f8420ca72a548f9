import { describe, expect, test } from 'vitest';
import { bashOutcome, numberedLines, prettyJsonText } from './tool-output.ts';

describe('how a command ended', () => {
  test.each([
    ['ok', false, 0, 'ok'],
    ['Exit code 2\nls: no such file', true, 2, 'ls: no such file'],
    ['Error: Exit code 1', true, 1, ''],
    ['Exit code 143\nCommand timed out after 2s', true, 143, 'Command timed out after 2s'],
    ['The user does not want this.', true, undefined, 'The user does not want this.'],
    ['Exit code 2 is what it printed', false, 0, 'Exit code 2 is what it printed'],
  ])('%j', (text, isError, exitCode, output) => {
    expect(bashOutcome(text, isError)).toEqual({ exitCode, output });
  });
});

describe('the lines of a file', () => {
  test('with arrows or tabs, and what stands below', () => {
    expect(numberedLines('     9→a\n    10→  b → c\n\n<note>')).toEqual([
      { number: 9, text: 'a' },
      { number: 10, text: '  b → c' },
      { number: undefined, text: '' },
      { number: undefined, text: '<note>' },
    ]);
    expect(numberedLines('     1\tx\n     2\t')).toEqual([
      { number: 1, text: 'x' },
      { number: 2, text: '' },
    ]);
  });

  test('are not seen in other text', () => {
    expect(numberedLines('File does not exist.')).toBeUndefined();
    expect(numberedLines('')).toBeUndefined();
  });
});

test('JSON is set out, other text is left', () => {
  expect(prettyJsonText(' {"a":[1]} ')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect([prettyJsonText('{oops'), prettyJsonText('plain'), prettyJsonText('12'), prettyJsonText(`[${'1,'.repeat(300_000)}1]`)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
