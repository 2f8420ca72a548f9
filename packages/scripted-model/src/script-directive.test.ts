import { describe, expect, test } from 'vitest';
import { readDirective } from './script-directive.ts';
import { scriptPrompt } from './script-prompt.ts';

const oneStep = { kind: 'script', parsed: { ok: true, script: { steps: [{ text: 'Hi', chunk: 12 }] } } };

describe('readDirective', () => {
  test.each([
    ['a script', '!script {"steps":[{"text":"Hi"}]}', oneStep, ''],
    ['a script between other lines', 'before\n!script {"steps":[{"text":"Hi"}]}\nafter', oneStep, 'before\nafter'],
    ['a script over several lines', '!script {\n"steps": [\n{"text":"Hi"}]\n}\nafter', oneStep, 'after'],
    ['the last of several', '!play help\n!script {"steps":[{"text":"Hi"}]}', oneStep, '!play help'],
    ['a name', 'please\n!play demo ', { kind: 'play', name: 'demo' }, 'please'],
    ['no directive', 'say !script {}', undefined, 'say !script {}'],
    ['an empty prompt', '', undefined, ''],
  ])('reads %s', (_, prompt, directive, rest) => {
    expect(readDirective(prompt)).toEqual({ directive, rest });
  });

  test('names the problem of a broken script', () => {
    const { directive, rest } = readDirective('!script {"steps":\nnothing more');
    expect(directive).toMatchObject({ kind: 'script', parsed: { ok: false, problem: expect.stringContaining('not JSON') } });
    expect(rest).toBe('nothing more');
  });

  test('reads what scriptPrompt writes', () => {
    expect(readDirective(scriptPrompt([{ text: 'Hi' }], 'please'))).toEqual({ directive: oneStep, rest: 'please' });
    expect(readDirective(scriptPrompt({ steps: [{ text: 'Hi' }] }))).toEqual({ directive: oneStep, rest: '' });
  });
});
