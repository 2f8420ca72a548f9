import { z } from 'zod';
import { contentBlock } from '../content.ts';
import { egressConnection, egressOutcome } from '../egress.ts';
import { eventPayloads, result } from '../events.ts';
import { oauthSessionId, promptId, questionId, sessionId } from '../ids.ts';
import { livePayloads } from '../server-frames.ts';
import { mcpServerStatus } from '../session.ts';
import { permissionMode } from '../settings.ts';
import { loginEvent } from './claude-login.ts';

const event = <T extends 'assistant' | 'tool_use' | 'tool_result' | 'user' | 'system'>(type: T) =>
  z.strictObject({
    kind: z.literal('event'),
    type: z.literal(type),
    payload: eventPayloads[type],
    parent_tool_use_id: z.string().optional(),
  });

const eventReport = z.discriminatedUnion('type', [
  event('assistant'),
  event('tool_use'),
  event('tool_result'),
  event('user'),
  event('system'),
]);

/**
 * What a runner reports of a session and must not be lost: numbered 1, 2, 3 … per (session, epoch), kept by the
 * runner until acknowledged, recorded by the server exactly once.
 */
export const report = z.union([
  eventReport,
  /** Claude Code is up and takes prompts. `recovered`: it had to be brought back after a crash. */
  z.strictObject({ kind: z.literal('ready'), recovered: z.boolean() }),
  /** The prompt has been handed to Claude Code: its turn has begun. `content` is what the turn was given. */
  z.strictObject({ kind: z.literal('prompt_started'), prompt_id: promptId, content: z.array(contentBlock) }),
  /** A turn ended. `prompt_id` is null for a turn that Claude Code began by itself (a background task came back). */
  z.strictObject({ kind: z.literal('turn_ended'), result }),
  z.strictObject({
    kind: z.literal('approval_opened'),
    tool_use_id: z.string(),
    tool_name: z.string(),
    tool_input: z.unknown(),
    suggested_pattern: z.string().optional(),
    parent_tool_use_id: z.string().optional(),
  }),
  /** An open approval was settled without its viewer: a session rule now covers it, or the turn was interrupted. */
  z.strictObject({
    kind: z.literal('approval_settled'),
    tool_use_id: z.string(),
    approved: z.boolean(),
    by: z.enum(['rule', 'interrupted']),
  }),
  /**
   * The approval goes to Claude Code, which from now on may run the call. Kept before it does, so that whoever comes after a runner
   * that was killed does not take the call for one that still waits.
   */
  z.strictObject({ kind: z.literal('approval_handed_over'), tool_use_id: z.string() }),
  z.strictObject({
    kind: z.literal('question_opened'),
    question_id: questionId,
    tool_use_id: z.string(),
    questions: eventPayloads.ask_user_question.shape.questions,
  }),
  z.strictObject({ kind: z.literal('question_settled'), question_id: questionId, by: z.literal('interrupted') }),
  /** Claude Code changed its own mode, as an approved ExitPlanMode does. */
  z.strictObject({ kind: z.literal('mode_changed'), permission_mode: permissionMode }),
  /** How the connections to the session's MCP servers are now, all of them; `message` tells what has changed. */
  z.strictObject({ kind: z.literal('mcp_status'), servers: z.array(mcpServerStatus), message: z.string() }),
  /** A decision about the way out, told before a byte flows; `row` numbers those of this incarnation. */
  z.strictObject({ kind: z.literal('egress'), row: z.int().min(1), connection: egressConnection }),
  /** How it went on. Of several for one row the last holds. */
  z.strictObject({ kind: z.literal('egress_outcome'), row: z.int().min(1), outcome: egressOutcome }),
  z.strictObject({ kind: z.literal('hibernated') }),
  /**
   * The last report of an incarnation: its processes are gone. `ended`: the server asked for it, or a one-shot session
   * did its work; `crashed`: Claude Code died more often than it may; `lost`: the runner itself was restarted.
   */
  z.strictObject({
    kind: z.literal('exited'),
    why: z.enum(['ended', 'crashed', 'lost', 'unable']),
    exit_code: z.int().nullable(),
    error_message: z.string().nullable(),
  }),
]);
export type Report = z.infer<typeof report>;

/** What may be lost: shown to those who look now. */
export const live = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('assistant_delta'), payload: livePayloads.assistant_delta, parent_tool_use_id: z.string().optional() }),
]);
export type Live = z.infer<typeof live>;

const owned = { session_id: sessionId, epoch: z.int().min(1) };
const reports = { first: z.int().min(1), reports: z.array(report).min(1).max(1000) };

/** Frames from a runner to the server. */
export const runnerFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    runner_id: z.string().min(1).max(100),
    /** New at each start of the runner: a known runner with a new boot has lost its processes. */
    boot_id: z.string().min(1).max(100),
    capacity: z.int().min(0),
    sandbox: z.string(),
    claude_version: z.string(),
    /**
     * The incarnations this runner still answers for: those that live, and those of an earlier boot whose last
     * reports (ending in `exited`) are not acknowledged yet.
     */
    sessions: z.array(z.strictObject(owned)),
    /** Sessions of which the runner keeps files; the server answers with `purge` for those it no longer knows. */
    stored: z.array(sessionId),
  }),
  z.strictObject({ type: z.literal('reports'), ...owned, ...reports }),
  /**
   * What an incarnation has left to tell that the server no longer counts as this runner's. Acknowledged like the rest; of it the
   * server takes what went out to the network, for that happened whoever owns the session now.
   */
  z.strictObject({ type: z.literal('late_reports'), ...owned, ...reports }),
  z.strictObject({ type: z.literal('live'), ...owned, live: z.array(live).min(1).max(1000) }),
  z.strictObject({ type: z.literal('draining') }),
  /** Answer to a workspace request of the server. */
  z.strictObject({ type: z.literal('answer'), request_id: z.string(), ok: z.boolean(), body: z.unknown() }),
  /** News of a Claude sign-in that this runner was asked to hold. `done` holds the user's token: never log this frame. */
  z.strictObject({ type: z.literal('login'), login_id: oauthSessionId, event: loginEvent }),
  /** `sessions`: all incarnations that this runner has or has something to tell of, for the server to hold against its rows. */
  z.strictObject({ type: z.literal('pong'), sessions: z.array(z.strictObject(owned)).optional() }),
]);
export type RunnerFrame = z.infer<typeof runnerFrame>;
