import { describe, expect, test } from 'vitest';
import { interpolate, placeholders } from './interpolation.ts';

const conversation = { opening: '', prompt: 'P', promptIndex: 0, stepIndex: 0, lastToolResult: '  said\n', toolFailed: false };

describe('placeholders', () => {
  test('shortens a long tool result', () => {
    const { last_tool_result: result } = placeholders({ ...conversation, lastToolResult: 'x'.repeat(5000) }, '');
    expect(result).toBe(`${'x'.repeat(4000)}…`);
  });

  test.each([
    ['- Primary working directory: /work/a b\n - Is', '/work/a b'],
    ['- Primary working directory: /work/"ü"\\', '/work/"ü"\\'],
    ['nothing', '/workspace'],
  ])('finds the working folder in %j', (text, cwd) => {
    expect(placeholders(conversation, JSON.stringify({ text })).cwd).toBe(cwd);
  });
});

describe('interpolate', () => {
  const values = { ...placeholders(conversation, ''), cwd: '/w' };

  test('fills in strings however deep', () => {
    const input = { a: ['{{prompt}}:{{last_tool_result}}', 1], b: { file: '{{cwd}}/x', other: '{{unknown}}' }, c: null };
    expect(interpolate(input, values)).toEqual({ a: ['P:said', 1], b: { file: '/w/x', other: '{{unknown}}' }, c: null });
  });

  test('does not fill in what was filled in', () => {
    expect(interpolate('{{prompt}}', { ...values, prompt: '{{cwd}}' })).toBe('{{cwd}}');
  });

  test('leaves the script of a subagent alone', () => {
    const prompt = 'go\n!script {"steps":[{"text":"{{last_tool_result}}"}]}';
    expect(interpolate({ prompt }, values)).toEqual({ prompt });
  });
});
