import { z } from 'zod';

const count = (fallback: number, least: number) => z.int().min(least).default(fallback);

/** What one session may use. `AI_SESSIONS_SANDBOX_LIMITS` overrides single values; an unknown key is a mistake and refused. */
export const sandboxLimitsSchema = z.strictObject({
  /** Main memory, swap and files in `/tmp` together, MiB. A session needs about 160 for Claude Code itself. */
  memory_mb: count(2048, 256),
  /** Processes and threads. */
  pids: count(512, 32),
  /** Processor cores, also fractions. */
  cpus: z.number().min(0.05).default(2),
  /** Workspace and home together, MiB on the disk. Whoever writes is stopped when it is passed; no single file can be larger at all. */
  workspace_mb: count(5120, 1),
  /** Files and folders in workspace and home together. */
  workspace_files: count(500_000, 1000),
  /** `/tmp`, MiB. */
  tmp_mb: count(512, 1),
  /** Open files per process. */
  open_files: count(4096, 64),
});

export type SandboxLimits = z.infer<typeof sandboxLimitsSchema>;

/**
 * Reads the value of `AI_SESSIONS_SANDBOX_LIMITS`, e.g. `{"memory_mb":4096}`.
 * Throws an Error that names every wrong key and what is allowed.
 */
export function parseSandboxLimits(setting: string | undefined): SandboxLimits {
  const result = sandboxLimitsSchema.safeParse(parseJson(setting?.trim() || '{}'));
  if (result.success) return result.data;
  throw new Error(`AI_SESSIONS_SANDBOX_LIMITS is wrong:\n${z.prettifyError(result.error)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`AI_SESSIONS_SANDBOX_LIMITS is not JSON, e.g. {"memory_mb":4096}`, { cause: error });
  }
}
