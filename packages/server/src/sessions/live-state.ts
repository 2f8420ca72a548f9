import type { LiveState, OpenApproval, OpenQuestion } from '@ai-sessions/protocol';
import { type Ask, type SessionState, activityOf } from '../domain/session-state.ts';
import type { Store } from '../store/store.ts';

/** The whole live state of a session, enough to draw its screen: payload of `session_status`. */
export async function readLiveState(store: Store, state: SessionState): Promise<LiveState> {
  const texts = await promptTexts(store, state);
  return {
    status: state.status,
    activity: activityOf(state),
    last_seq: state.last_seq,
    pending_approvals: state.asks.flatMap((ask) => (ask.kind === 'approval' ? [openApproval(ask)] : [])),
    pending_questions: state.asks.flatMap((ask): OpenQuestion[] =>
      ask.kind === 'question' ? [{ question_id: ask.id, questions: ask.questions }] : [],
    ),
    queue: state.prompts.map((prompt, index) => ({
      prompt_id: prompt.prompt_id,
      ...(prompt.client_msg_id === undefined ? {} : { client_msg_id: prompt.client_msg_id }),
      status: prompt.status === 'started' ? 'started' : 'queued',
      text: texts[index] ?? '',
    })),
  };
}

/** The texts of the session's open prompts, in their order, read from the events that queued them. */
export async function promptTexts(store: Store, state: Pick<SessionState, 'id' | 'prompts'>): Promise<string[]> {
  if (state.prompts.length === 0) return [];
  const envelopes = await store.log.at(
    state.id,
    state.prompts.map((prompt) => prompt.seq),
  );
  return envelopes.map(promptText);
}

/** The text of the prompt that this event queued. */
export function promptText(envelope: string): string {
  return (JSON.parse(envelope) as { payload: { text?: string } }).payload.text ?? '';
}

function openApproval(ask: Extract<Ask, { kind: 'approval' }>): OpenApproval {
  return {
    tool_use_id: ask.id,
    tool_name: ask.tool_name,
    tool_input: ask.tool_input,
    ...(ask.suggested_pattern === undefined ? {} : { suggested_pattern: ask.suggested_pattern }),
    ...(ask.expires_at === null ? {} : { expires_at: ask.expires_at }),
    ...(ask.parent_tool_use_id === undefined ? {} : { parent_tool_use_id: ask.parent_tool_use_id }),
  };
}
