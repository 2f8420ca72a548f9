import { z } from 'zod';
import { contentBlock, question } from './content.ts';
import { promptId, questionId, sessionId, timestamp } from './ids.ts';
import { sessionStatus, terminationReason } from './session.ts';

const promptStatus = z.strictObject({
  prompt_id: promptId,
  client_msg_id: z.string().optional(),
  status: z.enum(['queued', 'started', 'completed', 'cancelled']),
  text: z.string().optional(),
});

const assistant = z.strictObject({ message_id: z.string(), model: z.string(), content: z.array(contentBlock) });
const toolUse = z.strictObject({ id: z.string(), name: z.string(), input: z.unknown() });
const toolResult = z.strictObject({
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(contentBlock)]),
  is_error: z.boolean(),
  /** `content` shows the beginning of an output that Claude Code kept in a file: the whole of it can be downloaded from `path`. */
  full_output: z.strictObject({ path: z.string(), size: z.int() }).optional(),
});
const user = z.strictObject({ content: z.array(contentBlock), prompt_id: promptId.optional() });
const system = z.looseObject({ subtype: z.string(), message: z.string().optional() });

const approvalRequest = z.strictObject({
  tool_use_id: z.string(),
  tool_name: z.string(),
  tool_input: z.unknown(),
  suggested_pattern: z.string().optional(),
  expires_at: timestamp.optional(),
});
export const resolvedBy = z.enum(['user', 'rule', 'expired', 'interrupted']);
export type ResolvedBy = z.infer<typeof resolvedBy>;
const approvalResolved = z.strictObject({ tool_use_id: z.string(), approved: z.boolean(), by: resolvedBy });

export const answers = z.record(z.string().max(4000), z.string().max(20_000));
const askUserQuestion = z.strictObject({ question_id: questionId, questions: z.array(question) });
const askUserQuestionResolved = z.strictObject({ question_id: questionId, answers: answers.optional(), by: resolvedBy });

export const resultSubtype = z.enum(['success', 'error_max_turns', 'error_max_budget_usd', 'error_during_execution', 'interrupted']);
export const result = z.strictObject({
  subtype: resultSubtype,
  is_error: z.boolean(),
  success: z.boolean(),
  result: z.string(),
  summary: z.string(),
  num_turns: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  total_cost_usd: z.number(),
  prompt_id: promptId.nullable(),
});
export type Result = z.infer<typeof result>;

const sessionEnd = z.strictObject({
  status: sessionStatus,
  reason: terminationReason,
  exit_code: z.int().nullable(),
  error_message: z.string().nullable(),
});

/** Payload of every durable event, by type. A durable event is a row of the session log and carries `seq`. */
export const eventPayloads = {
  prompt_status: promptStatus,
  assistant,
  tool_use: toolUse,
  tool_result: toolResult,
  user,
  system,
  tool_approval_request: approvalRequest,
  tool_approval_resolved: approvalResolved,
  ask_user_question: askUserQuestion,
  ask_user_question_resolved: askUserQuestionResolved,
  result,
  session_end: sessionEnd,
} as const;

export type EventType = keyof typeof eventPayloads;
export type EventPayload<T extends EventType = EventType> = z.infer<(typeof eventPayloads)[T]>;

/** A durable event before it has a place in the log. */
export type NewEvent = {
  [T in EventType]: { readonly type: T; readonly payload: EventPayload<T>; readonly parent_tool_use_id?: string };
}[EventType];

/** The envelope of a durable event, in history over REST and WebSocket alike. */
export type DurableEvent = NewEvent & { readonly seq: number; readonly timestamp: string; readonly session_id: string };

const envelope = <T extends EventType>(type: T) =>
  z
    .strictObject({
      type: z.literal(type),
      payload: eventPayloads[type],
      seq: z.int().min(1),
      timestamp,
      session_id: sessionId,
      parent_tool_use_id: z.string().optional(),
    })
    .meta({ id: `Event_${type}` });

export const durableEvent = z
  .discriminatedUnion('type', [
    envelope('prompt_status'),
    envelope('assistant'),
    envelope('tool_use'),
    envelope('tool_result'),
    envelope('user'),
    envelope('system'),
    envelope('tool_approval_request'),
    envelope('tool_approval_resolved'),
    envelope('ask_user_question'),
    envelope('ask_user_question_resolved'),
    envelope('result'),
    envelope('session_end'),
  ])
  .meta({ id: 'DurableEvent' });
