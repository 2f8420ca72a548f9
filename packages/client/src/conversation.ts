import { applyEvent } from './apply-event.ts';
import { applyLive } from './apply-live.ts';
import { type Conversation, without } from './conversation-state.ts';
import type { SessionItem } from './session-item.ts';

/** The conversation after one item of its session's stream. Pure; costs the same however long the conversation is. */
export function applyItem(state: Conversation, item: SessionItem): Conversation {
  switch (item.type) {
    case 'event':
      return applyEvent(state, item.event);
    case 'unknown_event':
      return item.seq > state.lastSeq ? { ...state, lastSeq: item.seq } : state;
    case 'live':
      return applyLive(state, item.frame);
    case 'connection':
      return { ...state, connection: item.connection };
    case 'prompt_sent':
      return { ...state, outgoing: [...state.outgoing, { client_msg_id: item.client_msg_id, text: item.text }] };
    case 'prompt_refused':
      return {
        ...state,
        outgoing: state.outgoing.map((prompt) =>
          prompt.client_msg_id === item.client_msg_id ? { ...prompt, refused: item.error } : prompt,
        ),
      };
    default: {
      const unreachable: never = item;
      return unreachable;
    }
  }
}

/** Takes a refused prompt off the screen. */
export function dismissPrompt(state: Conversation, clientMsgId: string): Conversation {
  return { ...state, outgoing: without(state.outgoing, (prompt) => prompt.client_msg_id === clientMsgId) };
}
