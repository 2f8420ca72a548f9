import { z } from 'zod';
import { answers } from './events.ts';
import { promptId, questionId, uploadId } from './ids.ts';
import { fixedLimits } from './limits.ts';
import { promptLength } from './session.ts';

const requestId = z.string().min(1).max(64);
const toolUseId = z.string().min(1).max(200);
const noPayload = z.strictObject({}).optional();

export const approvalResponse = z.strictObject({
  tool_use_id: toolUseId,
  approved: z.boolean(),
  approval_scope: z.enum(['once', 'session']).optional(),
  approval_pattern: z.string().trim().min(1).max(fixedLimits.toolPatternLength).optional(),
  updated_input: z.record(z.string(), z.unknown()).optional(),
  message: z.string().max(10_000).optional(),
});
export type ApprovalResponse = z.infer<typeof approvalResponse>;

export const uploadFile = z.strictObject({
  filename: z.string().min(1).max(4096),
  content_type: z.string().min(1).max(255),
  size: z.int().min(0),
});
export const completeUpload = z.strictObject({ upload_id: uploadId });
export const downloadFile = z.strictObject({
  path: z.string().min(1).max(4096),
  /** A folder is packed: its files and folders, links left out. */
  archive: z.literal('zip').optional(),
});

/** Payload of every frame a client may send, by type. */
export const clientPayloads = {
  prompt: z.strictObject({
    text: z.string().min(1).max(promptLength),
    client_msg_id: z.string().min(1).max(fixedLimits.clientMessageId).optional(),
  }),
  interrupt: noPayload,
  cancel_prompt: z.strictObject({ prompt_id: promptId }),
  tool_approval_response: approvalResponse,
  ask_user_question_response: z.strictObject({ question_id: questionId, answers }),
  upload_request: uploadFile.extend({ request_id: requestId }),
  upload_complete: completeUpload.extend({ request_id: requestId }),
  download_request: downloadFile.extend({ request_id: requestId }),
  heartbeat: noPayload,
} as const;

export type ClientFrameType = keyof typeof clientPayloads;

const frame = <T extends ClientFrameType>(type: T) =>
  z.strictObject({ type: z.literal(type), payload: clientPayloads[type] }).meta({ id: `Client_${type}` });

export const clientFrame = z.discriminatedUnion('type', [
  frame('prompt'),
  frame('interrupt'),
  frame('cancel_prompt'),
  frame('tool_approval_response'),
  frame('ask_user_question_response'),
  frame('upload_request'),
  frame('upload_complete'),
  frame('download_request'),
  frame('heartbeat'),
]);
export type ClientFrame = z.infer<typeof clientFrame>;
