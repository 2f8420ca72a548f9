import { describe, expect, test } from 'vitest';
import { answerBlocks, type Answer } from './answer.ts';
import { script, type ScriptSource } from './script.ts';
import type { Fault } from './step-failure.ts';
import { chunks, streamItems, type StreamItem } from './stream-events.ts';

const values = { last_tool_result: '', prompt: '', cwd: '' };
const inputUsage = { input_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

function items(source: ScriptSource['steps'][number], fault?: Fault): StreamItem[] {
  const [step] = script.parse({ steps: [source] }).steps;
  if (step === undefined) throw new Error('no step');
  let now = 1000;
  const blocks = answerBlocks(step, values, (prefix) => `${prefix}1`);
  const answer: Answer = { id: 'msg_1', model: 'm', blocks, stopReason: 'end_turn', inputUsage, step };
  return [...streamItems(answer, fault, () => (now += 0.5))];
}

const brief = (item: StreamItem): string => {
  switch (item.kind) {
    case 'event':
      return item.event.type;
    case 'wait':
      return `wait ${item.ms}`;
    case 'hold':
      return `hold ${item.name}`;
    case 'fault':
      return item.fault.kind;
    default: {
      const unreachable: never = item;
      return unreachable;
    }
  }
};
const start = ['message_start', 'content_block_start', 'ping'];
const delta = 'content_block_delta';
const end = ['content_block_stop', 'message_delta', 'message_stop'];

describe('streamItems', () => {
  test.each<[string, ScriptSource['steps'][number], string[]]>([
    ['paced text', { text: 'abcdef', chunk: 2, chunk_delay_ms: 25 }, [...start, delta, 'wait 25', delta, 'wait 25', delta, ...end]],
    ['synthetic deltas', { deltas: { count: 2, per_second: 1000 } }, [...start, delta, 'wait 1', delta, ...end]],
    ['a hold before the first byte', { text: 'ab', hold: 'h' }, [...start, delta, ...end]],
    ['a hold in the middle', { text: 'ab', chunk: 1, hold: 'h', hold_after_deltas: 1 }, [...start, delta, 'hold h', delta, ...end]],
    [
      'a hold that no delta reaches',
      { text: 'a', hold: 'h', hold_after_deltas: 9 },
      [...start, delta, end[0] ?? '', 'hold h', ...end.slice(1)],
    ],
    [
      'thinking, then a tool',
      { thinking: 'a', tools: [{ name: 'Bash', input: {} }] },
      [...start, delta, delta, 'content_block_stop', 'content_block_start', delta, delta, ...end],
    ],
    ['a step without content', {}, [...start, delta, ...end]],
  ])('orders %s', (_, source, expected) => {
    expect(items(source).map(brief)).toEqual(expected);
  });

  test.each<[number, string[]]>([
    [0, [...start, 'cut']],
    [1, [...start, delta, 'cut']],
    [9, [...start, delta, delta, 'content_block_stop', 'cut']],
  ])('ends with a fault after %i deltas', (afterDeltas, expected) => {
    expect(items({ text: 'ab', chunk: 1 }, { kind: 'cut', afterDeltas }).map(brief)).toEqual(expected);
  });

  test('stamps a synthetic delta when it is taken', () => {
    const texts = items({ deltas: { count: 2, size: 20 } }).flatMap((item) =>
      item.kind === 'event' && item.event.type === delta ? [(item.event['delta'] as { text: string }).text] : [],
    );
    expect(texts).toEqual(['0:1000.500 xxxxxxxx ', '1:1001.000 xxxxxxxx ']);
  });
});

test.each([
  ['', 3, []],
  ['abcd', 3, ['abc', 'd']],
  ['a😀b', 2, ['a😀', 'b']],
  ['😀😀', 1, ['😀', '😀']],
])('chunks(%j, %i)', (text, size, pieces) => {
  expect([...chunks(text, size)]).toEqual(pieces);
});
