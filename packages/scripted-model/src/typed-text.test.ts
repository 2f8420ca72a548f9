import { describe, expect, test } from 'vitest';
import { typedTexts, withoutReminders } from './typed-text.ts';

const folded = (text: string): string =>
  `The user sent a new message while you were working:\n${text}\n\nThis is how Claude Code surfaces messages the user sends mid-turn.`;

describe('typedTexts', () => {
  test.each<[string, 'user' | 'system', string, string[]]>([
    ['a prompt', 'user', ' hello ', ['hello']],
    ['a prompt beside a reminder', 'user', '<system-reminder>\nx\n</system-reminder>\nhello', ['hello']],
    ['a reminder', 'user', '<system-reminder>\n!script {}\n</system-reminder>\n', []],
    ['a folded prompt of a newer model', 'system', folded('hello'), ['hello']],
    ['two folded prompts', 'system', `${folded('one')}\n\n${folded('two\nlines')}`, ['one', 'two\nlines']],
    ['a folded prompt in a reminder', 'user', `<system-reminder>\n${folded('hello')}\n</system-reminder>`, ['hello']],
    ['other system text', 'system', '# Environment', []],
    ['a slash command', 'user', '<command-name>/compact</command-name>\n  <command-args></command-args>', []],
    ['its output', 'user', '<local-command-stdout>Compacted</local-command-stdout>', []],
    ['its caveat', 'user', '<local-command-caveat>The command below</local-command-caveat>', []],
    ['the end of a background task', 'user', '<task-notification>\n<task-id>1</task-id></task-notification>', []],
    ['an interrupt', 'user', '[Request interrupted by user for tool use]', []],
    ['a continuation', 'user', 'Output token limit hit. Resume directly — no apology', []],
    ['a refusal', 'user', 'Your response above was stopped by a safety classifier — this', []],
    ['blanks', 'user', ' \n ', []],
  ])('reads %s', (_, role, block, texts) => {
    expect(typedTexts(role, block)).toEqual(texts.map((text) => ({ kind: 'typed', text })));
  });

  test('knows that a compacted conversation had prompts before', () => {
    expect(typedTexts('user', 'This session is being continued from a previous conversation that ran out')).toEqual([{ kind: 'earlier' }]);
  });
});

test('withoutReminders keeps what a tool said', () => {
  expect(withoutReminders('one<system-reminder>\nx\n</system-reminder>two')).toBe('onetwo');
});
