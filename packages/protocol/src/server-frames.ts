import { z } from 'zod';
import { type DurableEvent, durableEvent, eventPayloads, resolvedBy } from './events.ts';
import { promptId, questionId, sessionId, timestamp, uploadId } from './ids.ts';
import { activity, sessionStatus } from './session.ts';

const delta = z.strictObject({
  message_id: z.string(),
  index: z.int(),
  /** UTF-16 units of this block that were sent before this delta. */
  offset: z.int(),
  text: z.string().optional(),
  thinking: z.string().optional(),
  partial_json: z.string().optional(),
});
export type AssistantDelta = z.infer<typeof delta>;

const usageDelta = z.strictObject({
  model: z.string(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_input_tokens: z.int(),
  cache_creation_input_tokens: z.int(),
  cost_usd: z.number(),
});
export type UsageDelta = z.infer<typeof usageDelta>;

export const openApproval = eventPayloads.tool_approval_request.extend({ parent_tool_use_id: z.string().optional() });
export type OpenApproval = z.infer<typeof openApproval>;
export const openQuestion = eventPayloads.ask_user_question;
export type OpenQuestion = z.infer<typeof openQuestion>;

/** A prompt that has not ended: its turn runs, or it waits in the queue. */
export const queuedPrompt = z.strictObject({
  prompt_id: promptId,
  client_msg_id: z.string().optional(),
  status: z.enum(['queued', 'started']),
  text: z.string(),
});
export type QueuedPrompt = z.infer<typeof queuedPrompt>;

const sessionStatusFrame = z.strictObject({
  status: sessionStatus,
  activity: activity.nullable(),
  last_seq: z.int(),
  pending_approvals: z.array(openApproval),
  pending_questions: z.array(openQuestion),
  queue: z.array(queuedPrompt),
});
export type LiveState = z.infer<typeof sessionStatusFrame>;

const socketError = z.strictObject({
  code: z.string(),
  message: z.string(),
  request_id: z.string().optional(),
  client_msg_id: z.string().optional(),
  /** What the refused frame was about: an approval, a question, a prompt to cancel. */
  tool_use_id: z.string().optional(),
  question_id: questionId.optional(),
  prompt_id: promptId.optional(),
  /** With `already_resolved` of an approval or question: whose answer counted, and when. */
  resolved_by: resolvedBy.optional(),
  resolved_at: timestamp.optional(),
  retry_after_ms: z.int().optional(),
});
export type SocketError = z.infer<typeof socketError>;

/** Payload of every frame that is not a durable event, by type. */
export const livePayloads = {
  history: z.strictObject({ messages: z.array(durableEvent), more: z.boolean() }),
  assistant_delta: delta,
  usage_delta: usageDelta,
  session_status: sessionStatusFrame,
  upload_url: z.strictObject({
    request_id: z.string(),
    upload_id: uploadId,
    upload_url: z.string(),
    target_path: z.string(),
    expires_at: timestamp,
  }),
  upload_done: z.strictObject({ request_id: z.string(), path: z.string() }),
  download_url: z.strictObject({ request_id: z.string(), download_url: z.string(), expires_at: timestamp, size: z.int() }),
  heartbeat: z.strictObject({}),
  error: socketError,
} as const;

export type LiveFrameType = keyof typeof livePayloads;
export type LivePayload<T extends LiveFrameType> = z.infer<(typeof livePayloads)[T]>;

/** A frame that is not stored: it has no `seq`. */
export type LiveFrame = {
  [T in LiveFrameType]: {
    readonly type: T;
    readonly payload: LivePayload<T>;
    readonly timestamp: string;
    readonly session_id: string;
    readonly parent_tool_use_id?: string;
  };
}[LiveFrameType];

export type ServerFrame = DurableEvent | LiveFrame;

const live = <T extends LiveFrameType>(type: T) =>
  z
    .strictObject({
      type: z.literal(type),
      payload: livePayloads[type],
      timestamp,
      session_id: sessionId,
      parent_tool_use_id: z.string().optional(),
    })
    .meta({ id: `Server_${type}` });

export const liveFrame = z.discriminatedUnion('type', [
  live('history'),
  live('assistant_delta'),
  live('usage_delta'),
  live('session_status'),
  live('upload_url'),
  live('upload_done'),
  live('download_url'),
  live('heartbeat'),
  live('error'),
]);

/** Every frame a server may send. */
export const serverFrame = z.union([durableEvent, liveFrame]);
