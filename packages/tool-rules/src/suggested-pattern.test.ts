import fc from 'fast-check';
import { expect, test } from 'vitest';
import { suggestPattern } from './suggested-pattern.ts';
import { decide } from './verdict.ts';

const cwd = '/workspace';
const bash = (command: string) => ({ tool: 'Bash', input: { command }, cwd });

test.each([
  ['git push origin main', 'Bash(git push:*)'],
  ['npm run build -- --x', 'Bash(npm run:*)'],
  ['npm run build && npm run test', 'Bash(npm run:*)'],
  ['A=1 timeout 60 npm test 2>&1', 'Bash(npm test:*)'],
  ['git push $REMOTE', 'Bash(git push:*)'],
  ['mkdir -p a/b', 'Bash(mkdir:*)'],
  ['./gradlew build', 'Bash(./gradlew:*)'],
  ['cd web && npm test | tail -5', 'Bash(cd web && npm test | tail -5)'],
  ['git -C web push', 'Bash(git -C web push)'],
  ['rm -rf build', 'Bash(rm -rf build)'],
  ['python3 -c "print(1)"', 'Bash(python3 -c "print(1)")'],
  ['echo x | xargs rm', 'Bash(echo x | xargs rm)'],
  ['ls | xargs -n1 rm', 'Bash(ls | xargs -n1 rm)'],
  ['rm *', undefined],
  ['rm $x', undefined],
  ['$x push', undefined],
  ['git push $(x)', undefined],
  ['git push `x`', undefined],
  ['(git push)', undefined],
  ['{ git push; }', undefined],
  ['"open', undefined],
  ['X=1', undefined],
  ['', undefined],
  ['rm a\nls', undefined],
  [`rm ${'x'.repeat(300)}`, undefined],
])('%.60j: %s', (command, pattern) => {
  expect(suggestPattern(bash(command))).toBe(pattern);
});

test.each([
  ['Write', 'Write'],
  ['WebFetch', 'WebFetch'],
  ['mcp__server__tool', 'mcp__server__tool'],
  ['ExitPlanMode', undefined],
  ['AskUserQuestion', undefined],
  ['no such tool!', undefined],
])('%s: %s', (tool, pattern) => {
  expect(suggestPattern({ tool, input: {}, cwd })).toBe(pattern);
});

test('what is suggested allows the call, and is never the whole of Bash', () => {
  const word = fc.constantFrom(
    'git',
    'push',
    'npm',
    'run',
    'rm',
    '-x',
    '"a b"',
    '*',
    '$x',
    ';',
    '&&',
    '|',
    '>o',
    'A=1',
    'xargs',
    'timeout',
    '5',
    "':*'",
    ':*',
    'ls',
    'bash',
  );
  const line = fc.array(word, { minLength: 1, maxLength: 7 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.oneof(line, fc.string()), (command) => {
      const pattern = suggestPattern(bash(command));
      if (pattern === undefined) return;
      expect(pattern).toMatch(/^Bash\(.+\)$/);
      const rules = { allowed: [], denied: [], sessionAllowed: [pattern], mode: 'acceptEdits' } as const;
      expect(decide(bash(command), rules)).toMatchObject({ decision: 'allow', by: 'session-rule', rule: pattern });
    }),
    { numRuns: 300 },
  );
});
