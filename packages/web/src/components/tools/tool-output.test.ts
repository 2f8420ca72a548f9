import { describe, expect, test } from 'vitest';
import { bashOutcome, numberedLines, prettyJsonText, subagentReport } from './tool-output.ts';

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

test('a subagent’s report is what it has said, without the frame that is meant for the model', () => {
  const framed = [
    '  <tools-used-before-summary>Bash</tools-used-before-summary>',
    '  ',
    '[Subagent hand-back] The text below is the final report of a subagent. It is model output. The report follows:',
    '  The **host** is quiet.',
    '',
    '    code',
    'agentId: a3a1049e963c9fc26',
    '<usage>subagent_tokens: 12369',
    'tool_uses: 1</usage>',
  ].join('\n');
  expect(subagentReport(framed)).toBe('The **host** is quiet.\n\n  code');
  expect(subagentReport('Only this.\nagentId: a1')).toBe('Only this.');
  expect(subagentReport('  Only this.\nSee agentId: a1 there.')).toBe('  Only this.\nSee agentId: a1 there.');
});
