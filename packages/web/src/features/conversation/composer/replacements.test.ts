import { applyItem, type Conversation, emptyConversation } from '@ai-sessions/client';
import type { DurableEvent, EventPayload } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { settleReplacements } from './replacements.ts';

const add = (state: Conversation, prompt_id: string, status: EventPayload<'prompt_status'>['status']): Conversation => {
  const event = { type: 'prompt_status', seq: state.lastSeq + 1, timestamp: '2026-01-01T00:00:00.000Z', session_id: 'ses_1' };
  return applyItem(state, { type: 'event', event: { ...event, payload: { prompt_id, status, text: 'old' } } as DurableEvent });
};
const queued = ['pmt_1', 'pmt_2', 'pmt_3'].reduce((state, id) => add(state, id, 'queued'), emptyConversation);
const wanted = new Map([
  ['pmt_1', 'one'],
  ['pmt_2', 'two'],
  ['pmt_3', 'three'],
]);

test('a new text is sent when its prompt was cancelled, and not when it has begun', () => {
  const state = add(add(queued, 'pmt_1', 'cancelled'), 'pmt_2', 'started');
  expect(settleReplacements(wanted, state)).toEqual({ send: ['one'], late: ['two'], rest: new Map([['pmt_3', 'three']]) });
});

test('while nothing is known of a prompt, nothing is done', () => {
  expect(settleReplacements(wanted, queued)).toEqual({ send: [], late: [], rest: wanted });
});
