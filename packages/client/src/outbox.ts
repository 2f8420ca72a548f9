import type { ApprovalResponse, ClientFrame, DurableEvent, LiveState } from '@ai-sessions/protocol';

/** The bound of the outbox; the server queues no more prompts than this either. */
export const outboxLimit = 100;

/**
 * What was sent and is not known to have arrived: prompts until a `prompt_status` names their id, answers until the approval
 * or question is resolved, cancellations until the prompt has left the queue. It is sent again on each new connection; the
 * server takes a repeat as already done.
 */
export class Outbox {
  readonly #frames = new Map<string, ClientFrame>();

  get size(): number {
    return this.#frames.size;
  }

  addPrompt(clientMsgId: string, text: string): ClientFrame {
    return this.#add(`prompt:${clientMsgId}`, { type: 'prompt', payload: { text, client_msg_id: clientMsgId } });
  }

  addApproval(payload: ApprovalResponse): ClientFrame {
    return this.#add(`approval:${payload.tool_use_id}`, { type: 'tool_approval_response', payload });
  }

  addAnswer(questionId: string, answers: Record<string, string>): ClientFrame {
    return this.#add(`question:${questionId}`, { type: 'ask_user_question_response', payload: { question_id: questionId, answers } });
  }

  addCancel(promptId: string): ClientFrame {
    return this.#add(`cancel:${promptId}`, { type: 'cancel_prompt', payload: { prompt_id: promptId } });
  }

  /** What was sent and has not arrived, in order: the prompt of this id, or all that are no prompts. */
  unacknowledged(clientMsgId: string | undefined): readonly ClientFrame[] {
    return [...this.#frames.values()].filter((frame) =>
      clientMsgId === undefined ? frame.type !== 'prompt' : frame.type === 'prompt' && frame.payload.client_msg_id === clientMsgId,
    );
  }

  /** True if the prompt was still unacknowledged. */
  dropPrompt(clientMsgId: string): boolean {
    return this.#frames.delete(`prompt:${clientMsgId}`);
  }

  /** The unacknowledged prompt with the longest text, by its client_msg_id. */
  largestPrompt(): string | undefined {
    const prompts = [...this.#frames.values()].filter((frame) => frame.type === 'prompt');
    return prompts.toSorted((a, b) => b.payload.text.length - a.payload.text.length)[0]?.payload.client_msg_id;
  }

  /** A durable event was seen: what it acknowledges is done. */
  acknowledge(event: DurableEvent): void {
    if (event.type === 'prompt_status') {
      if (event.payload.client_msg_id !== undefined) this.#frames.delete(`prompt:${event.payload.client_msg_id}`);
      if (event.payload.status !== 'queued') this.#frames.delete(`cancel:${event.payload.prompt_id}`);
    } else if (event.type === 'tool_approval_resolved') this.#frames.delete(`approval:${event.payload.tool_use_id}`);
    else if (event.type === 'ask_user_question_resolved') this.#frames.delete(`question:${event.payload.question_id}`);
    else if (event.type === 'session_end') this.#frames.clear();
  }

  /** What to send on a new connection, in order of sending. What the live state shows as settled is dropped instead. */
  pending(state: LiveState): readonly ClientFrame[] {
    for (const [key, frame] of this.#frames) if (isSettled(frame, state)) this.#frames.delete(key);
    return [...this.#frames.values()];
  }

  #add(key: string, frame: ClientFrame): ClientFrame {
    this.#frames.set(key, frame);
    return frame;
  }
}

function isSettled(frame: ClientFrame, state: LiveState): boolean {
  if (frame.type === 'tool_approval_response') {
    return !state.pending_approvals.some((open) => open.tool_use_id === frame.payload.tool_use_id);
  }
  if (frame.type === 'ask_user_question_response') {
    return !state.pending_questions.some((open) => open.question_id === frame.payload.question_id);
  }
  if (frame.type === 'cancel_prompt') {
    return !state.queue.some((prompt) => prompt.prompt_id === frame.payload.prompt_id && prompt.status === 'queued');
  }
  return false;
}
