import { z } from 'zod';

const contentBlock = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  /** Of a `tool_use`. */
  id: z.string().optional(),
  /** Of a `tool_result`. */
  tool_use_id: z.string().optional(),
  content: z.unknown().optional(),
  is_error: z.boolean().nullish(),
});
export type ContentBlock = z.infer<typeof contentBlock>;

/** Claude Code also sends `role: "system"` between the turns (beta `mid-conversation-tool-changes`). */
const message = z.looseObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(contentBlock)]),
});
export type Message = z.infer<typeof message>;

const tool = z.looseObject({ type: z.string().optional() });
export type Tool = z.infer<typeof tool>;

/** What of a Messages API request decides the answer; everything else is let through unread. */
export const messagesRequest = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.int().min(0),
  messages: z.array(message).min(1),
  system: z.unknown().optional(),
  stream: z.boolean().nullish(),
  tools: z.array(tool).nullish(),
  output_config: z.looseObject({ format: z.looseObject({ type: z.string(), schema: z.unknown().optional() }).nullish() }).nullish(),
});
export type MessagesRequest = z.infer<typeof messagesRequest>;

export const countTokensRequest = messagesRequest.omit({ max_tokens: true, stream: true });

/** A message's content as blocks, whichever way it was written. */
export function blocksOf({ content }: Message): ContentBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
