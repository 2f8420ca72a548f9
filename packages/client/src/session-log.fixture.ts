import type { DurableEvent, EventPayload, EventType, LiveFrame, LivePayload, LiveFrameType } from '@ai-sessions/protocol';
import fc from 'fast-check';

export const testSession = 'ses_test';
const timestamp = '2026-11-23T10:00:00.000Z';

/** Builds a log event by event, numbering them. */
export class SessionLog {
  readonly events: DurableEvent[] = [];

  add<T extends EventType>(type: T, payload: EventPayload<T>, parent?: string): DurableEvent {
    const seq = this.events.length + 1;
    const event = {
      type,
      payload,
      seq,
      timestamp,
      session_id: testSession,
      ...(parent === undefined ? {} : { parent_tool_use_id: parent }),
    } as unknown as DurableEvent;
    this.events.push(event);
    return event;
  }
}

export function liveFrame<T extends LiveFrameType>(type: T, payload: LivePayload<T>, parent?: string): LiveFrame {
  return {
    type,
    payload,
    timestamp,
    session_id: testSession,
    ...(parent === undefined ? {} : { parent_tool_use_id: parent }),
  } as LiveFrame;
}

export const success: EventPayload<'result'> = {
  subtype: 'success',
  is_error: false,
  success: true,
  result: 'done',
  summary: 'done',
  num_turns: 1,
  input_tokens: 10,
  output_tokens: 20,
  total_cost_usd: 0.01,
  prompt_id: null,
};

/** One thing that a server sends in a session's life: a durable event, or a delta that belongs before the next event. */
export type LogFrame = { readonly event: DurableEvent } | { readonly delta: LiveFrame };

interface Block {
  readonly kind: 'text' | 'thinking' | 'tool';
  readonly text: string;
  readonly pieces: number;
  readonly asked: boolean;
  readonly denied: boolean;
  readonly children: readonly string[];
}

const block: fc.Arbitrary<Block> = fc.record({
  kind: fc.constantFrom('text', 'thinking', 'tool'),
  text: fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }),
  pieces: fc.integer({ min: 1, max: 6 }),
  asked: fc.boolean(),
  denied: fc.boolean(),
  children: fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 3 }),
});
const turn = fc.record({
  cancelled: fc.boolean(),
  unfinished: fc.boolean(),
  messages: fc.array(fc.array(block, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
});

/** A whole session as its frames: turns of text, thinking and tools, approvals, subagents, cancelled prompts. */
export const sessionFrames: fc.Arbitrary<readonly LogFrame[]> = fc
  .record({ turns: fc.array(turn, { maxLength: 4 }), ends: fc.boolean() })
  .map(({ turns, ends }) => {
    const log = new SessionLog();
    const frames: LogFrame[] = [];
    const add: SessionLog['add'] = (type, payload, parent) => {
      const event = log.add(type, payload, parent);
      frames.push({ event });
      return event;
    };
    turns.forEach((each, index) => {
      const prompt_id = `pmt_${index}`;
      add('prompt_status', { prompt_id, client_msg_id: `c${index}`, status: 'queued', text: `prompt ${index}` });
      if (each.cancelled) return void add('prompt_status', { prompt_id, status: 'cancelled' });
      add('prompt_status', { prompt_id, status: 'started' });
      add('user', { prompt_id, content: [{ type: 'text', text: `prompt ${index}` }] });
      each.messages.forEach((blocks, nth) => addMessage(add, frames, `msg_${index}_${nth}`, blocks, each.unfinished));
      add('result', { ...success, prompt_id });
      add('prompt_status', { prompt_id, status: 'completed' });
    });
    if (ends) add('session_end', { status: 'terminated', reason: 'user_requested', exit_code: 0, error_message: null });
    return frames;
  });

function addMessage(add: SessionLog['add'], frames: LogFrame[], message_id: string, blocks: readonly Block[], unfinished: boolean): void {
  blocks.forEach((each, index) => {
    const field = each.kind === 'tool' ? 'partial_json' : each.kind;
    const size = Math.ceil(each.text.length / each.pieces);
    for (let offset = 0; offset < each.text.length; offset += size) {
      const delta = { message_id, index, offset, [field]: each.text.slice(offset, offset + size) };
      frames.push({ delta: liveFrame('assistant_delta', delta) });
    }
    if (each.kind !== 'tool') {
      return void add('assistant', { message_id, model: 'm', content: [{ type: each.kind, [each.kind]: each.text }] });
    }
    const id = `${message_id}_${index}`;
    const input = { command: each.text };
    add('assistant', { message_id, model: 'm', content: [{ type: 'tool_use', id, name: 'Bash', input }] });
    add('tool_use', { id, name: 'Bash', input });
    if (each.asked) {
      add('tool_approval_request', { tool_use_id: id, tool_name: 'Bash', tool_input: input });
      add('tool_approval_resolved', { tool_use_id: id, approved: !each.denied, by: 'user' });
    }
    each.children.forEach((text, nth) => {
      const child = `${id}_m${nth}`;
      frames.push({ delta: liveFrame('assistant_delta', { message_id: child, index: 0, offset: 0, text }, id) });
      add('assistant', { message_id: child, model: 'm', content: [{ type: 'text', text }] }, id);
    });
    if (!unfinished) add('tool_result', { tool_use_id: id, content: each.text, is_error: each.denied });
  });
}
