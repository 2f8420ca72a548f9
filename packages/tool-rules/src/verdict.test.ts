import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ToolRules } from './tool-rules.ts';
import { decide, denies, type Verdict } from './verdict.ts';

const cwd = '/workspace';

function rules(changes: Partial<ToolRules>): ToolRules {
  return { allowed: [], denied: [], sessionAllowed: [], mode: 'acceptEdits', ...changes };
}

function bash(command: string, changes: Partial<ToolRules>): Verdict {
  return decide({ tool: 'Bash', input: { command }, cwd }, rules(changes));
}

function use(tool: string, changes: Partial<ToolRules>, input: unknown = {}): Verdict {
  return decide({ tool, input, cwd }, rules(changes));
}

describe('order', () => {
  test.each(['acceptEdits', 'plan', 'bypassPermissions'] as const)('a deny wins over every list in %s', (mode) => {
    const all = { allowed: ['Bash', 'Write', 'mcp__a'], sessionAllowed: ['Bash', 'Write', 'mcp__a'], mode };
    const denied = ['Bash(git push:*)', 'Write', 'mcp__a'];
    expect(bash('git push', { ...all, denied })).toMatchObject({ decision: 'deny', by: 'deny-rule', rule: 'Bash(git push:*)' });
    expect(use('Write', { ...all, denied }, { file_path: '/workspace/a' })).toMatchObject({ decision: 'deny', rule: 'Write' });
    expect(use('mcp__a__b', { ...all, denied })).toMatchObject({ decision: 'deny', rule: 'mcp__a' });
  });

  test('then the allow rules, then those of the session, then the mode', () => {
    expect(bash('a', { allowed: ['Bash(a:*)'], sessionAllowed: ['Bash'] })).toMatchObject({ decision: 'allow', by: 'allow-rule' });
    expect(bash('a', { sessionAllowed: ['Bash(a:*)'] })).toMatchObject({ decision: 'allow', by: 'session-rule', rule: 'Bash(a:*)' });
    expect(bash('b; a', { allowed: ['Bash(b:*)'], sessionAllowed: ['Bash(a:*)'] })).toMatchObject({
      by: 'session-rule',
      rule: 'Bash(a:*)',
    });
    expect(bash('a', {})).toMatchObject({ decision: 'ask', by: 'default' });
    expect(bash('a', { mode: 'bypassPermissions' })).toMatchObject({ decision: 'allow', by: 'mode' });
    expect(bash('a', { mode: 'plan' })).toMatchObject({ decision: 'deny', by: 'mode' });
  });

  test('a deny and a question carry a sentence', () => {
    expect(bash('git push', { denied: ['Bash(git push:*)'] }).reason).toContain('Bash(git push:*) denies this');
    expect(bash('a $(b)', {}).reason).toBe('Rules cannot judge this command, since it uses command substitution: the user decides.');
    expect(use('Write', {}, { file_path: '/etc/x' }).reason).toBe('The file is outside the workspace: the user decides.');
    expect(use('WebFetch', {}).reason).toBe('No rule covers this use of WebFetch: the user decides.');
    expect(use('Write', { mode: 'plan' }, { file_path: 'a' }).reason).toContain('plan mode, and Write changes files.');
  });
});

describe('tool names', () => {
  test.each([
    ['Write', 'Write', true],
    ['Write', 'write', false],
    ['Write', 'WriteFile', false],
    ['Task', 'Agent', true],
    ['Agent', 'Task', true],
    ['mcp__a__b', 'mcp__a', true],
    ['mcp__a__b', 'mcp__a__*', true],
    ['mcp__a__b', 'mcp__a__b', true],
    ['mcp__a__b', 'mcp__a__c', false],
    ['mcp__ab__c', 'mcp__a', false],
    ['mcp__a__b__c', 'mcp__a__*', true],
  ])('%s by %s: %s', (tool, rule, covered) => {
    expect(use(tool, { denied: [rule], mode: 'bypassPermissions' }).decision).toBe(covered ? 'deny' : 'allow');
    expect(use(tool, { allowed: [rule] }).by === 'allow-rule').toBe(covered);
  });

  test('where server and tool cannot be told apart, a deny matches and an allow does not', () => {
    expect(use('mcp__a__b__c', { denied: ['mcp__a__b'] }).decision).toBe('deny');
    expect(use('mcp__a__b__c', { allowed: ['mcp__a__b'] }).decision).toBe('ask');
  });

  test('a malformed deny denies the tool it begins with, a malformed allow allows nothing', () => {
    expect(bash('ls', { denied: ['Bash(git push*)'], mode: 'bypassPermissions' }).decision).toBe('deny');
    expect(use('Read', { denied: ['Read(./x)'], mode: 'bypassPermissions' }).decision).toBe('deny');
    expect(use('Write', { denied: ['', 'Bash(git'], mode: 'bypassPermissions' }).decision).toBe('allow');
    expect(bash('git push', { allowed: ['Bash(git push*)', 'Bash(', 'Bash(*)', ''] }).decision).toBe('ask');
  });
});

describe('Bash rules', () => {
  // Command line, rule, whether as a deny it denies, whether as the one allow it allows.
  test.each([
    ['git push', 'Bash(git push:*)', true, true],
    ['git push origin main', 'Bash(git push:*)', true, true],
    ['git push origin main', 'Bash(git push *)', true, true],
    ['git pushy', 'Bash(git push:*)', false, false],
    ['git pull', 'Bash(git push:*)', false, false],
    ['npm run test:unit', 'Bash(npm run test:*)', false, false],
    ['echo git push', 'Bash(git push:*)', false, false],
    [`"git push"`, 'Bash(git push:*)', false, false],
    ['GIT PUSH', 'Bash(git push:*)', false, false],
    ['git   push', 'Bash(git push:*)', true, true],
    ['"g"it \\push', 'Bash(git push:*)', true, true],
    ['git push >out 2>&1', 'Bash(git push:*)', true, true],
    ['git >out push', 'Bash(git push:*)', true, true],
    ['A=1 timeout -k 5 10s nice -n 5 git push', 'Bash(git push:*)', true, true],
    ['ls | xargs git push', 'Bash(git push:*)', true, false],
    ['ls && git push', 'Bash(git push:*)', true, false],
    ['git push; ls', 'Bash(git push:*)', true, false],
    ['git push & git push\ngit push', 'Bash(git push:*)', true, true],
    ['if git push; then git push; fi', 'Bash(git push:*)', true, true],
    ['for x in a; do git push $x; done', 'Bash(git push:*)', true, true],
    ['git push "a; b" | git push', 'Bash(git push:*)', true, true],
    ['echo "; git push"', 'Bash(echo:*)', true, true],
    ['cat <<E\ngit push\nE', 'Bash(git push:*)', false, false],
    // Neither list decides.
    ['git push $(x)', 'Bash(git push:*)', false, false],
    ['git push `x`', 'Bash(git push:*)', false, false],
    ['git push <(x)', 'Bash(git push:*)', false, false],
    ['(git push)', 'Bash(git push:*)', false, false],
    ['{ git push; }', 'Bash(git push:*)', false, false],
    // What runs before Bash sees that the text is wrong can still be denied.
    ['git push\nfi', 'Bash(git push:*)', true, false],
    // A word known only at run time is not guessed at.
    ['git $x', 'Bash(git push:*)', false, false],
    ['$x push', 'Bash(git push:*)', false, false],
    ['git push $x', 'Bash(git push:*)', true, true],
    // Programs by path: a deny knows the system's folders.
    ['/usr/bin/git push', 'Bash(git push:*)', true, false],
    ['/usr/bin/../bin/git push', 'Bash(git push:*)', true, false],
    ['./git push', 'Bash(git push:*)', false, false],
    // The wrapper itself.
    ['timeout 5 rm x', 'Bash(timeout:*)', true, false],
    ['timeout 5 npm test --x', 'Bash(timeout 5 npm test:*)', true, true],
    ['xargs -n1 rm', 'Bash(xargs:*)', true, true],
    ['timeout $t git push', 'Bash(git push:*)', true, false],
    ['nice A=b/c git push', 'Bash(git push:*)', true, false],
    ['nice A=b git push', 'Bash(git push:*)', true, true],
    // Nothing to match.
    ['', 'Bash(git push:*)', false, false],
    ['X=1', 'Bash(git push:*)', false, false],
    ['> file', 'Bash(git push:*)', false, false],
    ['[[ a == a ]]', 'Bash(git push:*)', false, false],
    ['X=1; git push', 'Bash(git push:*)', true, false],
    ['[[ -f a ]] && git push', 'Bash(git push:*)', true, true],
    // Exact.
    ['npm test', 'Bash(npm test)', true, true],
    [' npm   test ', 'Bash(npm test)', true, true],
    ['npm test; npm test', 'Bash(npm test)', true, true],
    ['npm test -- x', 'Bash(npm test)', false, false],
    ['npm test > x', 'Bash(npm test)', true, false],
    ['npm test > x', 'Bash(npm test > x)', true, true],
    ['timeout 5 npm test', 'Bash(npm test)', true, true],
    ['echo x | xargs npm test', 'Bash(npm test)', true, false],
    ['cd a && npm test', 'Bash(cd a && npm test)', true, true],
    ['cd a || npm test', 'Bash(cd a && npm test)', false, false],
    ['npm test', 'Bash(A=1 npm test)', false, false],
    ['A=1 npm test', 'Bash(A=1 npm test)', true, true],
    // The tool as a whole, whatever the text.
    ['git push $(x)', 'Bash', true, true],
    ['"unterminated', 'Bash', true, true],
  ])('%j by %s', (command, rule, denied, allowed) => {
    expect(bash(command, { denied: [rule], mode: 'bypassPermissions' }).decision).toBe(denied ? 'deny' : 'allow');
    expect(bash(command, { allowed: [rule] }).decision).toBe(allowed ? 'allow' : 'ask');
  });

  test('allow needs every part, by any of the rules', () => {
    const allowed = ['Bash(git push:*)', 'Bash(ls:*)'];
    expect(bash('ls && git push | ls', { allowed })).toMatchObject({ decision: 'allow', rule: 'Bash(ls:*)' });
    expect(bash('ls && git push | cat', { allowed }).decision).toBe('ask');
  });

  test('an opaque line is left to the mode', () => {
    expect(bash('a $(b)', {}).decision).toBe('ask');
    expect(bash('a $(b)', { mode: 'bypassPermissions' }).decision).toBe('allow');
    expect(bash('cat $(b)', { mode: 'plan' }).decision).toBe('deny');
  });

  test.each([undefined, null, {}, { command: 1 }, 'git push'])('an input without a command, %j, is opaque', (input) => {
    expect(use('Bash', { allowed: ['Bash(a:*)'], denied: ['Bash(git push:*)'] }, input)).toMatchObject({ decision: 'ask', by: 'default' });
  });
});

describe('acceptEdits', () => {
  test.each([
    ['Write', { file_path: '/workspace/a' }, 'allow'],
    ['Edit', { file_path: '/workspace/a/../b' }, 'allow'],
    ['MultiEdit', { file_path: 'a/b' }, 'allow'],
    ['NotebookEdit', { notebook_path: '/workspace/a.ipynb' }, 'allow'],
    ['Write', { file_path: '/workspace/..a' }, 'allow'],
    ['Write', { file_path: '/workspace/../etc/passwd' }, 'ask'],
    ['Write', { file_path: '../x' }, 'ask'],
    ['Write', { file_path: '/workspace2/a' }, 'ask'],
    ['Write', { file_path: '/etc/passwd' }, 'ask'],
    ['Write', { file_path: '~/.bashrc' }, 'ask'],
    ['Write', { file_path: '/workspace/a\0b' }, 'ask'],
    ['Write', { file_path: '' }, 'ask'],
    ['Write', {}, 'ask'],
    ['Write', null, 'ask'],
    ['Read', { file_path: '/workspace/a' }, 'allow'],
    ['Read', { file_path: '/etc/passwd' }, 'ask'],
    ['Grep', { pattern: '/etc' }, 'allow'],
    ['Grep', { pattern: 'x', path: '/etc' }, 'ask'],
    ['Glob', { pattern: '**/*.ts' }, 'allow'],
    ['Glob', { pattern: '/etc/*' }, 'ask'],
    ['Glob', { pattern: '../*' }, 'ask'],
    ['TodoWrite', { todos: [] }, 'allow'],
    ['Agent', { prompt: 'x' }, 'allow'],
    ['WebFetch', { url: 'https://example.com' }, 'ask'],
    ['mcp__a__b', {}, 'ask'],
    ['ExitPlanMode', {}, 'ask'],
    ['Unknown', {}, 'ask'],
  ])('%s %j: %s', (tool, input, decision) => {
    expect(use(tool, {}, input)).toMatchObject({ decision, by: decision === 'allow' ? 'mode' : 'default' });
  });
});

describe('plan', () => {
  test.each([
    ['Write', { file_path: '/workspace/a' }, [], 'deny'],
    ['Edit', { file_path: '/workspace/a' }, ['Edit'], 'deny'],
    ['MultiEdit', {}, [], 'deny'],
    ['NotebookEdit', {}, [], 'deny'],
    ['Write', { file_path: '/home/user/.claude/plans/a-b.md' }, [], 'allow'],
    ['Write', { file_path: '/workspace/.claude/plans/a-b.md' }, [], 'deny'],
    ['Write', { file_path: '/home/user/.claude/plans/../settings.json' }, [], 'deny'],
    ['Bash', { command: 'rm x' }, [], 'deny'],
    ['Bash', { command: 'rm x' }, ['Bash'], 'deny'],
    ['Bash', { command: 'npm test' }, ['Bash(npm test:*)'], 'allow'],
    ['Bash', { command: 'git log' }, ['Bash'], 'allow'],
    ['Bash', { command: 'git log' }, [], 'ask'],
    ['mcp__a__b', {}, [], 'deny'],
    ['mcp__a__b', {}, ['mcp__a'], 'allow'],
    ['ExitPlanMode', {}, [], 'ask'],
    ['Read', { file_path: '/workspace/a' }, [], 'allow'],
    ['WebFetch', {}, [], 'ask'],
  ])('%s %j with %j: %s', (tool, input, allowed, decision) => {
    expect(use(tool, { mode: 'plan', allowed }, input).decision).toBe(decision);
    expect(use(tool, { mode: 'plan', sessionAllowed: allowed }, input).decision).toBe(decision);
  });
});

describe('denies', () => {
  test('is the verdict of decide when that is a deny, else undefined', () => {
    const call = { tool: 'Bash', input: { command: 'git push' }, cwd };
    expect(denies(call, rules({ denied: ['Bash(git push:*)'] }))).toEqual(decide(call, rules({ denied: ['Bash(git push:*)'] })));
    expect(denies(call, rules({ mode: 'plan' }))).toMatchObject({ decision: 'deny', by: 'mode' });
    expect(denies(call, rules({}))).toBeUndefined();
    expect(denies(call, rules({ mode: 'bypassPermissions' }))).toBeUndefined();
  });
});

const name = fc.constantFrom('git push', 'git', 'ls', 'npm run x', 'rm', 'cat');
const rule = fc.oneof(
  name.map((words) => `Bash(${words}:*)`),
  name.map((words) => `Bash(${words})`),
  fc.constantFrom('Bash', 'Write', 'Task', 'Agent', 'mcp__a', 'mcp__a__b', 'Bash(', ''),
  fc.string(),
);
const command = fc
  .array(fc.tuple(name, fc.constantFrom(' x', '', ' >o', ' $y'), fc.constantFrom('; ', ' && ', ' | ', '\n')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((commands) => commands.map(([words, rest, separator], at) => (at > 0 ? separator : '') + words + rest).join(''));
const call = fc.oneof(
  fc.oneof(command, fc.string()).map((text) => ({ tool: 'Bash', input: { command: text }, cwd })),
  fc.record({ tool: fc.constantFrom('Write', 'Task', 'Agent', 'mcp__a__b', 'Bash', 'Glob'), input: fc.anything(), cwd: fc.constant(cwd) }),
  fc.record({ tool: fc.string(), input: fc.anything(), cwd: fc.constant(cwd) }),
);
const lists = fc.array(rule, { maxLength: 4 });
const mode = fc.constantFrom('acceptEdits', 'plan', 'bypassPermissions');
const someRules = fc.record({ allowed: lists, denied: lists, sessionAllowed: lists, mode });

describe('properties', () => {
  test('never throws', () => {
    fc.assert(
      fc.property(call, someRules, (given, by) => {
        expect(decide(given, by).reason).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });

  test('more allow rules never lift a deny rule', () => {
    fc.assert(
      fc.property(call, someRules, lists, lists, (given, by, allowed, sessionAllowed) => {
        const before = decide(given, by);
        const more = { ...by, allowed: [...by.allowed, ...allowed], sessionAllowed: [...by.sessionAllowed, ...sessionAllowed] };
        if (before.by === 'deny-rule') expect(decide(given, more)).toEqual(before);
        if (before.decision === 'allow') expect(decide(given, more).decision).toBe('allow');
      }),
    );
  });

  test('a deny rule denies in every mode, and more of them never allow more', () => {
    fc.assert(
      fc.property(call, someRules, lists, mode, (given, by, denied, other) => {
        const verdict = decide(given, by);
        if (verdict.by === 'deny-rule') expect(decide(given, { ...by, mode: other })).toEqual(verdict);
        if (verdict.decision !== 'allow') expect(decide(given, { ...by, denied: [...by.denied, ...denied] }).decision).not.toBe('allow');
      }),
    );
  });

  test('allow needs every part, deny any', () => {
    const parts = fc.array(fc.constantFrom('aa', 'bb', 'cc', 'dd'), { minLength: 1, maxLength: 5 });
    const named = fc.subarray(['aa', 'bb', 'cc', 'dd']);
    fc.assert(
      fc.property(parts, named, fc.constantFrom(' | ', ' && ', '; ', '\n', ' & '), (words, known, separator) => {
        const line = words.map((word) => `${word} x`).join(separator);
        const patterns = known.map((word) => `Bash(${word}:*)`);
        expect(bash(line, { allowed: patterns }).decision === 'allow').toBe(words.every((word) => known.includes(word)));
        expect(bash(line, { denied: patterns }).decision === 'deny').toBe(words.some((word) => known.includes(word)));
      }),
    );
  });
});
