import { applyItem, type Conversation, emptyConversation } from '@ai-sessions/client';
import type { DurableEvent, NewEvent } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { findMatches } from './searchable-text.ts';

const add = (state: Conversation, event: NewEvent): Conversation =>
  applyItem(state, {
    type: 'event',
    event: { ...event, seq: state.lastSeq + 1, timestamp: '2026-01-01T00:00:00.000Z', session_id: 'ses_1' } as DurableEvent,
  });
const events: NewEvent[] = [
  { type: 'user', payload: { prompt_id: 'pmt_1', content: [{ type: 'text', text: 'Find the Beacon' }] } },
  { type: 'tool_use', payload: { id: 't1', name: 'Bash', input: { command: 'grep -c beacon log', env: { deep: ['inside'] } } } },
  { type: 'tool_result', payload: { tool_use_id: 't1', content: [{ type: 'text', text: '412 hits' }], is_error: false } },
  { type: 'tool_use', payload: { id: 't2', name: 'Agent', input: {} } },
  {
    type: 'tool_use',
    payload: { id: 't3', name: 'Read', input: { file_path: '/workspace/Secret.md' } },
    parent_tool_use_id: 't2',
  },
];
const state = events.reduce(add, emptyConversation);

test('finds in prompts, inputs and results, in any case', () => {
  expect(findMatches(state, 'BEACON')).toEqual([
    { row: 0, open: [] },
    { row: 1, open: ['tool:t1'] },
  ]);
  expect(findMatches(state, '412 hits')).toEqual([{ row: 1, open: ['tool:t1'] }]);
  expect(findMatches(state, 'inside')).toHaveLength(1);
});

test('finds what a subagent did, with all that has to be folded out to see it', () => {
  expect(findMatches(state, 'secret.md')).toEqual([{ row: 2, open: ['tool:t2', 'tool:t3'] }]);
});

test('finds nothing for nothing, and what there is not', () => {
  expect([findMatches(state, '  '), findMatches(state, 'zebra')]).toEqual([[], []]);
});
