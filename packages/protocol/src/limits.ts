import { z } from 'zod';

/** The contract's limits. Each is a default that the operator may override by its key in `AI_SESSIONS_LIMITS`. */
export const defaultLimits = {
  register_per_minute: 10,
  create_session_per_minute: 10,
  concurrent_sessions: 10,
  ws_messages_per_second: 100,
  prompts_per_minute: 60,
  uploads_per_minute: 10,
  mcp_tests_per_minute: 10,
  file_bytes: 104_857_600,
  ws_message_bytes: 1_048_576,
  profiles: 10,
  signed_url_seconds: 3600,
  oauth_seconds: 300,
} as const;

export type Limits = { readonly [K in keyof typeof defaultLimits]: number };

const positive = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const limitKeys = Object.keys(defaultLimits) as (keyof Limits)[];

/** Overrides of single limits; unknown keys and values below 1 are refused. */
export const limitOverrides = z.partialRecord(z.enum(limitKeys as [keyof Limits, ...(keyof Limits)[]]), positive);

/** Sizes that are part of the contract's shape rather than an operator's choice. */
export const fixedLimits = {
  profileName: 100,
  profileDescription: 500,
  sessionName: 200,
  systemPromptSuffixBytes: 16_384,
  ttlSeconds: 86_400,
  queuedPrompts: 100,
  historyFrameBytes: 256 * 1024,
  unsentBytes: 4 * 1024 * 1024,
  clientMessageId: 64,
  listLimit: 200,
  heartbeatSeconds: 30,
  silenceSeconds: 60,
  idempotencySeconds: 24 * 3600,
  toolPatterns: 200,
  toolPatternLength: 1000,
  mcpServers: 20,
  domainRules: 200,
  environmentVariables: 100,
  environmentValueBytes: 32 * 1024,
} as const;
