import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pluginList } from '@ai-sessions/protocol';
import { z } from 'zod';
import { parseUserRange, type UserRange } from './sandbox/bubblewrap/user-range.ts';
import { type OperatorPolicy, readOperatorPolicy } from './egress/operator-policy.ts';
import { parseSandboxLimits, type SandboxLimits } from './sandbox/sandbox-limits.ts';

export interface RunnerConfig {
  /** Base URL of the server, without a trailing slash. */
  readonly serverUrl: string;
  /** Folder of all that the runner keeps: sessions, their outboxes, its own id. */
  readonly folder: string;
  /** File that holds the bearer secret of the link; read again at each dial. */
  readonly tokenFile: string;
  /** Undefined: bubblewrap if it works here, else none. */
  readonly sandbox: 'bubblewrap' | 'none' | undefined;
  readonly sandboxLimits: SandboxLimits;
  /** The host's user ids for sessions, where the runner is root. */
  readonly sandboxUsers: UserRange;
  /** What sessions may reach of the network. */
  readonly egress: OperatorPolicy;
  readonly logLevel: LogLevel;
  /** Host folders of the plugins that sessions may use, by name. */
  readonly plugins: Readonly<Record<string, string>>;
  /** Sessions that this runner takes at a time. */
  readonly capacity: number;
  /** Most Claude Codes that are kept ready for sessions to come; 0: none. */
  readonly warmPool: number;
  /** How long a turn may go without a sign of life while it waits for the model, and while a tool runs. */
  readonly stall: { readonly modelMs: number; readonly toolMs: number };
}

const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);
type LogLevel = z.infer<typeof logLevel>;

const seconds = (fallback: number) => z.coerce.number().positive().max(86_400).default(fallback);

const environment = z.object({
  AI_SESSIONS_SERVER_URL: z.url({ protocol: /^https?$/, error: 'the base URL of the server, e.g. http://127.0.0.1:8080' }),
  AI_SESSIONS_DATA_DIR: z.string().min(1).default('data'),
  AI_SESSIONS_RUNNER_TOKEN_FILE: z.string().min(1).optional(),
  AI_SESSIONS_SANDBOX: z.enum(['bubblewrap', 'none']).optional(),
  AI_SESSIONS_SANDBOX_LIMITS: z.string().optional(),
  AI_SESSIONS_SANDBOX_USERS: z.string().optional(),
  AI_SESSIONS_PLUGINS: pluginList.optional(),
  AI_SESSIONS_EGRESS: z.enum(['open', 'allowlist', 'off']).default('open'),
  AI_SESSIONS_EGRESS_ALLOW: z.string().optional(),
  AI_SESSIONS_LOG_LEVEL: logLevel.default('info'),
  AI_SESSIONS_RUNNER_CAPACITY: z.coerce.number().int().min(0).max(100_000).default(100),
  AI_SESSIONS_WARM_POOL: z.coerce.number().int().min(0).max(100).default(2),
  AI_SESSIONS_STALL_SECONDS: seconds(120),
  AI_SESSIONS_TOOL_STALL_SECONDS: seconds(1800),
});

/** Reads and checks the environment. Throws one Error that lists every problem. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): RunnerConfig {
  const problems: string[] = [];
  // An empty variable is one that is not set: compose files and unit files write it so.
  const parsed = environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  const limits = attempt(() => parseSandboxLimits(env['AI_SESSIONS_SANDBOX_LIMITS']), problems);
  const users = attempt(() => parseUserRange(env['AI_SESSIONS_SANDBOX_USERS']), problems);
  if (parsed.success && users !== undefined && users.count < parsed.data.AI_SESSIONS_RUNNER_CAPACITY + parsed.data.AI_SESSIONS_WARM_POOL)
    problems.push(
      `AI_SESSIONS_SANDBOX_USERS: ${users.count} user ids are too few for ${parsed.data.AI_SESSIONS_RUNNER_CAPACITY} sessions at a time and ${parsed.data.AI_SESSIONS_WARM_POOL} kept ready (AI_SESSIONS_RUNNER_CAPACITY, AI_SESSIONS_WARM_POOL)`,
    );
  const egress = parsed.success
    ? readOperatorPolicy(parsed.data.AI_SESSIONS_EGRESS, parsed.data.AI_SESSIONS_EGRESS_ALLOW, problems)
    : undefined;
  if (!parsed.success || limits === undefined || users === undefined || egress === undefined || problems.length > 0)
    throw new Error(`The runner cannot start:\n${problems.join('\n')}`);
  const values = parsed.data;
  const dataFolder = resolve(values.AI_SESSIONS_DATA_DIR);
  return {
    serverUrl: values.AI_SESSIONS_SERVER_URL.replace(/\/+$/, ''),
    folder: join(dataFolder, 'runner'),
    tokenFile: resolve(values.AI_SESSIONS_RUNNER_TOKEN_FILE ?? join(dataFolder, 'runner.token')),
    sandbox: values.AI_SESSIONS_SANDBOX,
    sandboxLimits: limits,
    sandboxUsers: users,
    egress,
    logLevel: values.AI_SESSIONS_LOG_LEVEL,
    plugins: values.AI_SESSIONS_PLUGINS ?? {},
    capacity: values.AI_SESSIONS_RUNNER_CAPACITY,
    warmPool: values.AI_SESSIONS_WARM_POOL,
    stall: { modelMs: values.AI_SESSIONS_STALL_SECONDS * 1000, toolMs: values.AI_SESSIONS_TOOL_STALL_SECONDS * 1000 },
  };
}

/** The settings of the network alone. Throws what is wrong with them. */
export function readEgress(env: NodeJS.ProcessEnv): OperatorPolicy {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { AI_SESSIONS_EGRESS, AI_SESSIONS_EGRESS_ALLOW } = environment
    .pick({ AI_SESSIONS_EGRESS: true, AI_SESSIONS_EGRESS_ALLOW: true })
    .parse(given);
  const problems: string[] = [];
  const policy = readOperatorPolicy(AI_SESSIONS_EGRESS, AI_SESSIONS_EGRESS_ALLOW, problems);
  if (problems.length > 0) throw new Error(problems.join('; '));
  return policy;
}

/** The link's secret. Throws with the file's path, never with its content. */
export function readLinkToken(tokenFile: string): string {
  const token = readFileSync(tokenFile, 'utf8').trim();
  if (token === '') throw new Error(`${tokenFile} is empty: it has to hold the runner's token.`);
  return token;
}

/** What reading gives; undefined, with the problem told, if it throws. */
function attempt<Value>(read: () => Value, problems: string[]): Value | undefined {
  try {
    return read();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
