import { applyItem, type Conversation, emptyConversation } from '@ai-sessions/client';
import type { DurableEvent, NewEvent } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { answeredElsewhere } from './answered-elsewhere.ts';

const at = '2026-01-01T00:00:00.000Z';
const live: Conversation = applyItem(emptyConversation, { type: 'connection', connection: { state: 'live' } });
const add = (state: Conversation, event: NewEvent): Conversation =>
  applyItem(state, { type: 'event', event: { ...event, seq: state.lastSeq + 1, timestamp: at, session_id: 'ses_1' } as DurableEvent });
const asked = (state: Conversation) =>
  add(state, { type: 'tool_approval_request', payload: { tool_use_id: 't1', tool_name: 'Bash', tool_input: { command: 'date' } } });
const resolved = (state: Conversation, by: 'user' | 'expired' | 'interrupted', approved = true) =>
  add(state, { type: 'tool_approval_resolved', payload: { tool_use_id: 't1', approved, by } });
const nothing = new Set<string>();

test('an approval that somebody else has answered is told, with the answer', () => {
  const before = asked(live);
  expect(answeredElsewhere(before, resolved(before, 'user'), nothing)).toBe('Bash: answered elsewhere: allowed.');
  expect(answeredElsewhere(before, resolved(before, 'user', false), nothing)).toBe('Bash: answered elsewhere: denied.');
  expect(answeredElsewhere(before, resolved(before, 'expired', false), nothing)).toBe('Bash: denied: nobody answered in time.');
});

test('nothing is told of what was answered here, was interrupted, or is still open', () => {
  const before = asked(live);
  expect(answeredElsewhere(before, resolved(before, 'user'), new Set(['t1']))).toBeUndefined();
  expect(answeredElsewhere(before, resolved(before, 'interrupted', false), nothing)).toBeUndefined();
  expect(answeredElsewhere(live, before, nothing)).toBeUndefined();
});

test('nothing is told of what a replay passes through', () => {
  const replaying = asked(applyItem(emptyConversation, { type: 'connection', connection: { state: 'replaying' } }));
  expect(answeredElsewhere(replaying, resolved(replaying, 'user'), nothing)).toBeUndefined();
});
