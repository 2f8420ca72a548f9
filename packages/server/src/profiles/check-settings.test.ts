import { ApiError } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { checkSettings, isToolPattern } from './check-settings.ts';

describe('isToolPattern', () => {
  test.each([
    'Read',
    'Bash',
    'Bash(git:*)',
    'Bash(git commit -m "a (b)":*)',
    'Edit(/workspace/**)',
    'WebFetch(domain:example.com)',
    'mcp__limacharlie',
    'mcp__lc-1__list_sensors',
    'mcp__lc__a.b-c',
    'mcp__lc__*',
  ])('takes %s', (pattern) => expect(isToolPattern(pattern)).toBe(true));

  test.each([
    '',
    '*',
    'Bash(',
    'Bash()',
    'Bash( )',
    'Bash)',
    '(x)',
    'Bash (x)',
    'Bash(x',
    'Bash(a\nb)',
    'rm -rf',
    '1Tool',
    'mcp__',
    'mcp__a__',
    'mcp__a b',
    'mcp__a(x)',
    'mcp__*',
  ])('refuses %j', (pattern) => expect(isToolPattern(pattern)).toBe(false));
});

describe('checkSettings', () => {
  test('names each fault by its path', () => {
    const check = () => checkSettings({ allowed_tools: ['Read', 'no('], denied_tools: ['('], plugins: ['a', 'b'] }, ['a']);
    expect(check).toThrow(ApiError);
    try {
      check();
    } catch (error) {
      expect((error as ApiError).details?.map(({ path }) => path)).toEqual(['allowed_tools.1', 'denied_tools.0', 'plugins.1']);
    }
  });

  test('takes settings that name nothing', () => expect(() => checkSettings({}, [])).not.toThrow());
});
