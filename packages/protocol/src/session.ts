import { z } from 'zod';
import { profileId, sessionId, timestamp } from './ids.ts';
import { fixedLimits } from './limits.ts';
import { network } from './network.ts';
import { permissionMode, settings } from './settings.ts';

export const sessionStatus = z.enum(['pending', 'running', 'terminated', 'failed']);
export type SessionStatus = z.infer<typeof sessionStatus>;

/** What a running session does; null in every other status. */
export const activity = z.enum(['idle', 'working', 'waiting', 'hibernated']);
export type Activity = z.infer<typeof activity>;

export const terminationReason = z.enum(['user_requested', 'completed', 'process_crashed', 'timeout', 'cancelled']);
export type TerminationReason = z.infer<typeof terminationReason>;

export const usage = z.strictObject({
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_input_tokens: z.int(),
  cache_creation_input_tokens: z.int(),
  total_cost_usd: z.number(),
});
export type Usage = z.infer<typeof usage>;

/**
 * How a session's connection to one of its MCP servers is. `pending`: it is being made, or the session has no process
 * now (not started, asleep). `failed` comes with what is wrong; the connection is tried again.
 */
export const mcpServerStatus = z.strictObject({
  name: z.string(),
  status: z.enum(['pending', 'connected', 'failed']),
  error: z.string().nullable(),
});
export type McpServerStatus = z.infer<typeof mcpServerStatus>;

export const session = z
  .strictObject({
    id: sessionId,
    name: z.string(),
    status: sessionStatus,
    activity: activity.nullable(),
    termination_reason: terminationReason.nullable(),
    error_message: z.string().nullable(),
    exit_code: z.int().nullable(),
    profile_id: profileId.nullable(),
    allowed_tools: z.array(z.string()),
    denied_tools: z.array(z.string()),
    permission_mode: permissionMode,
    model: z.string().nullable(),
    max_turns: z.int().nullable(),
    max_budget_usd: z.number().nullable(),
    mcp_server_names: z.array(z.string()),
    mcp_servers: z.array(mcpServerStatus),
    network: network.nullable(),
    created_at: timestamp,
    started_at: timestamp.nullable(),
    terminated_at: timestamp.nullable(),
    /** Time with processes, and time asleep; both only while it is or was running. */
    active_seconds: z.int(),
    hibernated_seconds: z.int(),
    last_seq: z.int(),
    usage,
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof session>;

export const sessionName = z.string().trim().min(1).max(fixedLimits.sessionName);
/** Longest prompt in characters; a prompt also has to fit a WebSocket message. */
export const promptLength = 1_000_000;
const idempotencyKey = z.string().min(1).max(200);

/** The body of POST /v1/sessions. What is absent comes from the profile named, else from the default profile. */
export const createSession = settings
  .partial()
  .extend({
    name: sessionName.optional(),
    profile_id: profileId.optional(),
    initial_prompt: z.string().min(1).max(promptLength).optional(),
    idempotency_key: idempotencyKey.optional(),
    idempotent_key: idempotencyKey.optional(),
  })
  .meta({ id: 'CreateSession' });
export type CreateSession = z.infer<typeof createSession>;

export const updateSession = z
  .strictObject({ name: sessionName.optional(), max_budget_usd: z.number().positive().max(1_000_000).optional() })
  .refine((body) => body.name !== undefined || body.max_budget_usd !== undefined, 'Give name, max_budget_usd, or both.')
  .meta({ id: 'UpdateSession' });
export type UpdateSession = z.infer<typeof updateSession>;

/** `starting` and `ended` are the vendor's newer words for pending and for terminated or failed. */
export const sessionStatusFilter = z.enum([...sessionStatus.options, 'starting', 'ended']);
export type SessionStatusFilter = z.infer<typeof sessionStatusFilter>;
