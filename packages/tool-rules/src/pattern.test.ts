import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isValidPattern, MalformedPattern, parsePattern } from './pattern.ts';

describe('parsePattern', () => {
  test.each([
    ['Write', { kind: 'tool', tool: 'Write' }],
    ['Bash', { kind: 'tool', tool: 'Bash' }],
    ['mcp__git', { kind: 'mcp-server', server: 'git' }],
    ['mcp__git__*', { kind: 'mcp-server', server: 'git' }],
    ['mcp__my-git_2__push', { kind: 'mcp-tool', tool: 'mcp__my-git_2__push' }],
    ['mcp__a__b__*', { kind: 'mcp-server', server: 'a__b' }],
    ['Bash(git push:*)', { kind: 'bash-prefix', words: ['git', 'push'] }],
    ['Bash(git   push *)', { kind: 'bash-prefix', words: ['git', 'push'] }],
    ['Bash( git push :*)', { kind: 'bash-prefix', words: ['git', 'push'] }],
    [`Bash(npm run "my script":*)`, { kind: 'bash-prefix', words: ['npm', 'run', 'my script'] }],
    ['Bash([:*)', { kind: 'bash-prefix', words: ['['] }],
  ])('%s', (pattern, parsed) => {
    expect(parsePattern(pattern)).toEqual(parsed);
  });

  test.each(['Bash(npm test)', 'Bash(cd web && npm test | tail -5)', 'Bash(npm test > log 2>&1)', `Bash(ls '*')`])(
    'exact: %s',
    (pattern) => {
      expect(parsePattern(pattern)).toMatchObject({ kind: 'bash-exact', line: pattern.slice(5, -1) });
    },
  );

  test.each([
    ['', 'is no tool name'],
    ['two words', 'is no tool name'],
    ['*', 'is no tool name'],
    ['Bash(git push:*', 'only Bash takes a text in parentheses'],
    ['Bash (git:*)', 'only Bash takes a text in parentheses'],
    ['Read(./src/**)', 'only Bash takes a text in parentheses'],
    ['Bash()', 'names no command'],
    ['Bash(*)', 'names no command'],
    ['Bash(:*)', 'names no command'],
    ['Bash(git $(x):*)', 'can never match: it uses command substitution'],
    ['Bash((git push))', 'can never match: it uses a subshell'],
    ['Bash(echo "a:*)', 'can never match: it is not valid Bash'],
    ['Bash(git push*)', 'plain words'],
    ['Bash(echo $HOME)', 'plain words'],
    ['Bash(X=1)', 'plain words'],
    ['Bash(X=1 git push:*)', 'a prefix is the beginning of one command'],
    ['Bash(a && b:*)', 'a prefix is the beginning of one command'],
    ['Bash(echo >x:*)', 'a prefix is the beginning of one command'],
    ['mcp__', 'write mcp__server'],
    ['mcp__a__', 'write mcp__server'],
    ['mcp__my server', 'write mcp__server'],
  ])('refuses %j', (pattern, message) => {
    expect(isValidPattern(pattern)).toBe(false);
    expect(() => parsePattern(pattern)).toThrow(MalformedPattern);
    expect(() => parsePattern(pattern)).toThrow(message);
  });

  test('throws nothing but MalformedPattern', () => {
    const pattern = fc.oneof(
      fc.string(),
      fc.string().map((text) => `Bash(${text})`),
      fc.string().map((text) => `Bash(${text}:*)`),
      fc.string().map((text) => `mcp__${text}`),
    );
    fc.assert(
      fc.property(pattern, (text) => {
        try {
          parsePattern(text);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedPattern);
        }
      }),
    );
  });
});
