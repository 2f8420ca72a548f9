import { type Conversation, applyItem, emptyConversation, threadOf, rootThread } from '@ai-sessions/client';
import type { DurableEvent } from '@ai-sessions/protocol';
import { digestOf } from './journal.ts';

/** What a screen shows of a session that is over, deltas and reconnects forgotten. */
export function screenDigest(state: Conversation): string {
  const { lastSeq, end, lastResult, inFlight, queue, openApprovals, openQuestions } = state;
  return digestOf({ entries: [...threadOf(state, rootThread)], lastSeq, end, lastResult, inFlight, queue, openApprovals, openQuestions });
}

/** The same, of the log alone. */
export function screenOfLog(log: readonly DurableEvent[]): string {
  return screenDigest(log.reduce((state, event) => applyItem(state, { type: 'event', event }), emptyConversation));
}
