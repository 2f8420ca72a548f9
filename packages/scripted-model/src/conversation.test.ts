import { describe, expect, test } from 'vitest';
import { readConversation } from './conversation.ts';
import type { Message } from './messages-request.ts';

const user = (...content: Message['content'][]): Message => ({
  role: 'user',
  content: content.flatMap((part) => (typeof part === 'string' ? [{ type: 'text', text: part }] : part)),
});
const calling = (...ids: string[]): Message => ({
  role: 'assistant',
  content: ids.map((id) => ({ type: 'tool_use', id, name: 'Bash', input: {} })),
});
const assistant = calling('t');
const result = (content: unknown, isError = false, id = 't'): Message['content'] => [
  { type: 'tool_result', tool_use_id: id, content, is_error: isError },
];
const fold = 'The user sent a new message while you were working:\ntwo\n\nThis is how Claude Code surfaces messages.';

const empty = { opening: '', prompt: '', promptIndex: 0, stepIndex: 0, lastToolResult: '', toolFailed: false };

describe('readConversation', () => {
  test.each<[string, Message[], Partial<typeof empty>]>([
    ['nothing typed', [user('<system-reminder>x</system-reminder>')], {}],
    ['a first prompt', [user('<system-reminder>x</system-reminder>', 'one')], { opening: 'one', prompt: 'one' }],
    ['content as a string', [{ role: 'user', content: 'one' }], { opening: 'one', prompt: 'one' }],
    [
      'the second step',
      [user('one'), assistant, user(result('said'))],
      { opening: 'one', prompt: 'one', stepIndex: 1, lastToolResult: 'said' },
    ],
    [
      'parallel tools in their order',
      [user('one'), calling('a', 'b'), user(result('first', true, 'a'), result('second', false, 'b'))],
      { opening: 'one', prompt: 'one', stepIndex: 1, lastToolResult: 'second' },
    ],
    [
      'parallel tools that ended out of order',
      [user('one'), calling('a', 'b'), user(result('second', false, 'b'), result('first', true, 'a'))],
      { opening: 'one', prompt: 'one', stepIndex: 1, lastToolResult: 'second' },
    ],
    [
      'a denied tool',
      [user('one'), assistant, user(result('no', true))],
      { opening: 'one', prompt: 'one', stepIndex: 1, lastToolResult: 'no', toolFailed: true },
    ],
    [
      'a denial before the last prompt',
      [user('one'), assistant, user(result('no', true)), assistant, user('two')],
      { opening: 'one', prompt: 'two', promptIndex: 1, lastToolResult: 'no' },
    ],
    [
      'a prompt folded into a tool loop as a system message',
      [user('one'), assistant, user(result('said')), { role: 'system', content: [{ type: 'text', text: fold }] }],
      { opening: 'one', prompt: 'two', promptIndex: 1, lastToolResult: 'said' },
    ],
    [
      'a prompt folded into the tool result',
      [user('one'), assistant, user(result(`said\n\n<system-reminder>\n${fold}\n</system-reminder>`))],
      { opening: 'one', prompt: 'two', promptIndex: 1, lastToolResult: 'said\n\n' },
    ],
    [
      'a result of blocks',
      [
        user('one'),
        assistant,
        user(
          result([
            { type: 'text', text: 'a' },
            { type: 'image', source: {} },
          ]),
        ),
      ],
      { opening: 'one', prompt: 'one', stepIndex: 1, lastToolResult: 'a\n[image]' },
    ],
    [
      'the end of a background task',
      [user('one'), assistant, user('<system-reminder>[SYSTEM NOTIFICATION]</system-reminder>')],
      { opening: 'one', prompt: 'one', stepIndex: 1 },
    ],
    [
      'a prompt after a compaction',
      [user('This session is being continued from a previous conversation that'), assistant, user('two')],
      { opening: 'two', prompt: 'two', promptIndex: 1 },
    ],
  ])('reads %s', (_, messages, expected) => {
    expect(readConversation(messages)).toEqual({ ...empty, ...expected });
  });
});
