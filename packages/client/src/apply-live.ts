import type { AssistantDelta, LiveState } from '@ai-sessions/protocol';
import { type Conversation, type InFlightBlock, rootThread, without } from './conversation-state.ts';
import type { ShownFrame } from './parse-frame.ts';

/** The conversation after one frame that is not stored. Such frames may be missing, repeated or late. */
export function applyLive(state: Conversation, frame: ShownFrame): Conversation {
  if (frame.type === 'assistant_delta') return applyDelta(state, frame.payload, frame.parent_tool_use_id ?? rootThread);
  if (frame.type === 'error') return frame.payload.client_msg_id === undefined ? { ...state, lastError: frame.payload } : state;
  if (frame.type === 'session_status') return applyStatus(state, frame.payload);
  return state;
}

/** Adds to the block in flight. After a gap the block stays as it is until its durable event, or a delta of offset 0 with all of it. */
function applyDelta(state: Conversation, delta: AssistantDelta, thread: string): Conversation {
  const isDurable = (state.blockCounts.get(delta.message_id) ?? 0) > delta.index;
  if (isDurable || state.end !== undefined) return state;
  const key = `${delta.message_id}:${delta.index}`;
  const known = state.inFlight.find((block) => block.key === key);
  const before = known?.text ?? '';
  const chunk = delta.text ?? delta.thinking ?? delta.partial_json ?? '';
  if (delta.offset > before.length || (known !== undefined && delta.offset + chunk.length <= before.length)) return state;
  const text = delta.offset === before.length ? before + chunk : before.slice(0, delta.offset) + chunk;
  const block: InFlightBlock = { key, thread, messageId: delta.message_id, kind: kindOf(delta), text };
  const inFlight = known === undefined ? [...state.inFlight, block] : state.inFlight.map((other) => (other === known ? block : other));
  return { ...state, inFlight };
}

function kindOf(delta: AssistantDelta): InFlightBlock['kind'] {
  if (delta.thinking !== undefined) return 'thinking';
  return delta.partial_json === undefined ? 'text' : 'tool';
}

/**
 * Takes the live state where it is not older than the events seen. Its lists are taken only where it is exactly as old:
 * a newer one tells of events that are still to come, each with its place in the log.
 */
function applyStatus(state: Conversation, live: LiveState): Conversation {
  if (live.last_seq < state.lastSeq || state.end !== undefined) return state;
  const { status, activity } = live;
  if (live.last_seq > state.lastSeq) return { ...state, status, activity };
  return {
    ...state,
    status,
    activity,
    turn: activity === 'working' || activity === 'waiting' ? state.turn : undefined,
    inFlight:
      activity === 'working' || activity === 'waiting' ? state.inFlight : without(state.inFlight, (block) => block.thread === rootThread),
    openApprovals: sameOr(state.openApprovals, live.pending_approvals),
    openQuestions: sameOr(state.openQuestions, live.pending_questions),
    queue: sameOr(
      state.queue,
      live.queue.filter((prompt) => prompt.status === 'queued'),
    ),
  };
}

/** The list before if it says the same, so that what is shown of it need not be drawn again. */
function sameOr<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}
