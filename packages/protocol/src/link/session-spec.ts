import { z } from 'zod';
import { promptId, questionId, sessionId } from '../ids.ts';
import { network } from '../network.ts';
import { mcpServer, permissionMode } from '../settings.ts';

/** A prompt that the session has to run now: the one whose turn it is. */
export const currentPrompt = z.strictObject({
  prompt_id: promptId,
  text: z.string(),
  /** An earlier incarnation had begun this turn: it is to be continued, never silently run twice. */
  interrupted: z.boolean(),
  /** With `interrupted`: calls of the turn's main thread that are in the session's log. Claude Code may not have written all of them down. */
  calls: z.array(z.strictObject({ id: z.string(), name: z.string() })).optional(),
});
export type CurrentPrompt = z.infer<typeof currentPrompt>;

/** An approval or question that was open when an earlier incarnation ended; asked again it keeps its id. */
export const pendingAsk = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('approval'), tool_use_id: z.string(), tool_name: z.string(), tool_input: z.unknown() }),
  z.strictObject({ kind: z.literal('question'), question_id: questionId, tool_use_id: z.string(), questions: z.unknown() }),
]);
export type PendingAsk = z.infer<typeof pendingAsk>;

/**
 * All that a runner needs to bring up one incarnation of a session. Holds secrets of the user's own
 * (`environment`, MCP headers), never the Anthropic credential.
 */
export const sessionSpec = z.strictObject({
  session_id: sessionId,
  epoch: z.int().min(1),
  /** The conversation's id in Claude Code, a UUID, the same for the session's whole life. */
  claude_session_id: z.uuid(),
  /** The conversation has begun: resume its transcript instead of starting one. */
  resume: z.boolean(),
  allowed_tools: z.array(z.string()),
  denied_tools: z.array(z.string()),
  session_allowed_tools: z.array(z.string()),
  permission_mode: permissionMode,
  model: z.string().nullable(),
  max_turns: z.int().nullable(),
  max_budget_usd: z.number().nullable(),
  task_budget_tokens: z.int().nullable(),
  mcp_servers: z.record(z.string(), mcpServer),
  environment: z.record(z.string(), z.string()),
  system_prompt_suffix: z.string().nullable(),
  network: network.nullable(),
  /** Names from the operator's list; the runner knows their folders. */
  plugins: z.array(z.string()),
  /** Which kind of header Claude Code is to send, so that the right beta headers reach the upstream. */
  credential_kind: z.enum(['api_key', 'oauth_token']),
  /** Short-lived bearer for this incarnation's model calls; refreshed by a `gateway_token` frame. */
  gateway_token: z.string(),
  prompt: currentPrompt.nullable(),
  pending: z.array(pendingAsk),
});
export type SessionSpec = z.infer<typeof sessionSpec>;
