import { z } from 'zod';
import { answers } from '../events.ts';
import { oauthSessionId, promptId, questionId, sessionId } from '../ids.ts';
import { loginRequest } from './claude-login.ts';
import { terminalCommand } from '../terminal.ts';
import { mcpServer } from '../settings.ts';
import { currentPrompt, sessionSpec } from './session-spec.ts';

const owned = { session_id: sessionId, epoch: z.int().min(1) };

/**
 * Frames from the server to a runner. Each command is derived from durable state and may be sent again after the
 * link was lost: a runner takes the repeat of a command as already done.
 */
export const linkFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('welcome'),
    /** For each incarnation of the hello: the last report the server has. Those not listed are no longer owned: they end, and tell the rest as `late_reports`. */
    sessions: z.array(z.strictObject({ ...owned, acked: z.int().min(0) })),
  }),
  z.strictObject({ type: z.literal('assign'), spec: sessionSpec }),
  z.strictObject({ type: z.literal('ack'), ...owned, number: z.int().min(1) }),
  z.strictObject({ type: z.literal('prompt'), ...owned, prompt: currentPrompt }),
  z.strictObject({ type: z.literal('interrupt'), ...owned, prompt_id: promptId.nullable() }),
  z.strictObject({
    type: z.literal('approval'),
    ...owned,
    tool_use_id: z.string(),
    approved: z.boolean(),
    /** Tool pattern that from now on is allowed for the rest of the session. */
    pattern: z.string().optional(),
    updated_input: z.record(z.string(), z.unknown()).optional(),
    message: z.string().optional(),
  }),
  /** `answers` absent: the question expired; `message` tells the model why. */
  z.strictObject({
    type: z.literal('question'),
    ...owned,
    question_id: questionId,
    answers: answers.optional(),
    message: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('gateway_token'), ...owned, token: z.string() }),
  z.strictObject({ type: z.literal('hibernate'), ...owned }),
  /** Ends the incarnation and every process of it. */
  z.strictObject({ type: z.literal('end'), ...owned }),
  /** Removes the session's workspace and transcript. */
  z.strictObject({ type: z.literal('purge'), session_id: sessionId }),
  /** A request about a session's workspace, answered by an `answer` frame with the same id. */
  z.strictObject({
    type: z.literal('workspace'),
    request_id: z.string(),
    session_id: sessionId,
    request: z.discriminatedUnion('op', [
      z.strictObject({ op: z.literal('list'), path: z.string() }),
      z.strictObject({ op: z.literal('stat'), path: z.string() }),
      /**
       * Fetch `url` and place it in the uploads folder under a free variant of `filename`. Done once per `key`: a repeat gives
       * the earlier answer. A `url` that begins with `/` is one of the server's own, and takes the runner's bearer.
       */
      z.strictObject({ op: z.literal('place'), filename: z.string(), url: z.string(), size: z.int(), key: z.string() }),
      /** PUT the file's bytes to `url`, which is as above. */
      z.strictObject({ op: z.literal('send'), path: z.string(), url: z.string() }),
      /** The same with a folder, as a zip archive of what is in it. */
      z.strictObject({ op: z.literal('send_zip'), path: z.string(), url: z.string() }),
      /** What has changed in the workspace; outside of repositories since the session's start or its last prompt. */
      z.strictObject({ op: z.literal('changes'), since: z.enum(['start', 'prompt']) }),
      z.strictObject({ op: z.literal('change'), since: z.enum(['start', 'prompt']), path: z.string() }),
    ]),
  }),
  /** Try to connect to an MCP server, answered by an `answer` frame with the same id whose body is the route's. Holds secrets: never log it. */
  z.strictObject({ type: z.literal('mcp_test'), request_id: z.string(), server: mcpServer }),
  /** About a Claude sign-in: lost with the link, on both sides. Answered by `login` frames with the same id. */
  z.strictObject({ type: z.literal('login'), login_id: oauthSessionId, request: loginRequest }),
  terminalCommand,
  z.strictObject({ type: z.literal('ping') }),
]);
export type LinkFrame = z.infer<typeof linkFrame>;
export type WorkspaceRequest = Extract<LinkFrame, { type: 'workspace' }>['request'];
