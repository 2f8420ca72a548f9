import { applyItem, type Conversation, emptyConversation, type SessionItem } from '@ai-sessions/client';
import type { EventPayload, EventType } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { rowLabel, type Rows, rowsOf } from './timeline-rows.ts';

let seq = 0;
const event = <T extends EventType>(type: T, payload: EventPayload<T>, parent?: string): SessionItem => {
  seq += 1;
  const envelope = { type, payload, seq, timestamp: '2026-11-23T10:00:00.000Z', session_id: 'ses_1' };
  return { type: 'event', event: parent === undefined ? envelope : { ...envelope, parent_tool_use_id: parent } } as SessionItem;
};
const delta = (message_id: string, text: string, parent?: string): SessionItem => {
  const payload = { message_id, index: 0, offset: 0, text };
  const frame = { type: 'assistant_delta', payload, timestamp: '2026-11-23T10:00:00.000Z', session_id: 'ses_1' };
  return { type: 'live', frame: parent === undefined ? frame : { ...frame, parent_tool_use_id: parent } } as SessionItem;
};
const after = (...items: SessionItem[]): Conversation => items.reduce(applyItem, emptyConversation);
const all = (rows: Rows) => Array.from({ length: rows.count }, (_, index) => rows.at(index));
const result = { subtype: 'error_during_execution', is_error: true, success: false, result: 'API Error: 500', summary: '' } as const;
const figures = { num_turns: 1, input_tokens: 0, output_tokens: 0, total_cost_usd: 0, prompt_id: null };

test('entries come first, then what is written in the main thread, then what waits for the user', () => {
  seq = 0;
  const state = after(
    event('assistant', { message_id: 'm1', model: 'x', content: [{ type: 'text', text: 'Done.' }] }),
    event('tool_approval_request', { tool_use_id: 't1', tool_name: 'Bash', tool_input: {} }),
    event('ask_user_question', { question_id: 'qst_1', questions: [] }),
    delta('m2', 'Writ'),
    delta('m3', 'hidden', 't1'),
  );
  const rows = rowsOf(state);
  expect(all(rows).map((row) => [row.kind, rowLabel(row)])).toEqual([
    ['entry', 'Claude'],
    ['entry', undefined],
    ['entry', undefined],
    ['in_flight', 'Claude'],
    ['approval', 'Claude asks to use Bash'],
    ['question', 'Claude asks you'],
  ]);
  expect(() => rows.at(6)).toThrow(RangeError);
});

test('a row keeps its key when its block becomes durable', () => {
  seq = 0;
  const flying = after(delta('m1', 'Hel'));
  const durable = applyItem(flying, event('assistant', { message_id: 'm1', model: 'x', content: [{ type: 'text', text: 'Hello' }] }));
  expect(rowsOf(durable).at(0).key).toBe(rowsOf(flying).at(0).key);
});

test('what is said twice is shown once', () => {
  seq = 0;
  const state = after(
    event('user', { content: [{ type: 'text', text: '[Request interrupted by user]' }] }),
    event('system', { subtype: 'task_started', message: 'Look', tool_use_id: 't1' }),
    event('system', { subtype: 'task_ended', message: 'Found it', tool_use_id: 't1' }),
    event('assistant', { message_id: 'm1', model: 'x', content: [{ type: 'text', text: 'API Error: 500' }] }),
    event('result', { ...result, ...figures }),
    event('result', { ...result, ...figures }),
  );
  const rows = all(rowsOf(state));
  expect(rows.map(rowLabel)).toEqual([undefined, undefined, undefined, 'Claude', 'End of turn', 'End of turn']);
  expect(rows.map((row) => row.kind === 'entry' && row.isTold)).toEqual([false, false, false, false, true, false]);
});
