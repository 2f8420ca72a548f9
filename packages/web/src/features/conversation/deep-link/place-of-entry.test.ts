import { applyItem, type Conversation, emptyConversation } from '@ai-sessions/client';
import type { DurableEvent, NewEvent } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { placeOfEntry } from './place-of-entry.ts';

const add = (state: Conversation, event: NewEvent): Conversation =>
  applyItem(state, {
    type: 'event',
    event: { ...event, seq: state.lastSeq + 1, timestamp: '2026-01-01T00:00:00.000Z', session_id: 'ses_1' } as DurableEvent,
  });
const text = (message_id: string): NewEvent => ({
  type: 'assistant',
  payload: { message_id, model: 'm', content: [{ type: 'text', text: 'Hello' }] },
});
const tool = (id: string, parent?: string): NewEvent => ({
  type: 'tool_use',
  payload: { id, name: 'Agent', input: {} },
  ...(parent === undefined ? {} : { parent_tool_use_id: parent }),
});
const state = [text('m1'), tool('outer'), tool('inner', 'outer'), tool('innermost', 'inner'), text('m2')].reduce(add, emptyConversation);

test('an entry of the main thread is its own row', () => {
  expect(placeOfEntry(state, 'tool:outer')).toEqual({ row: 1, open: ['tool:outer'] });
  expect(placeOfEntry(state, 'm2:0')).toEqual({ row: 2, open: ['m2:0'] });
});

test('what a subagent did stands within the call that started it, however deep', () => {
  expect(placeOfEntry(state, 'tool:innermost')).toEqual({ row: 1, open: ['tool:outer', 'tool:inner', 'tool:innermost'] });
});

test('a key that there is not has no place', () => {
  expect(placeOfEntry(state, 'tool:none')).toBeUndefined();
});
