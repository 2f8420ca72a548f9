import type { SessionSpec } from '@ai-sessions/protocol';

/** What of a session's settings can be told to a Claude Code that has been started without them. */
export interface LateSettings {
  readonly model: string | null;
  /** Variables for commands; Claude Code itself has no use for them. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface SplitSpec {
  /** The spec of nobody's session: what Claude Code has to be started with. Holds no secret, no id and nothing a user wrote but the prompt suffix. */
  readonly fixed: SessionSpec;
  readonly late: LateSettings;
}

/** Read by Claude Code, its runtime or the C library when they start. */
const READ_AT_START =
  /^((ANTHROPIC|API|BASH|BUN|CLAUDE|DISABLE|ENABLE|LC|LD|MAX|MCP|NODE|OTEL|SSL|UV|XDG)_.*|.*_PROXY|ENV|HOME|IS_SANDBOX|LANG|PATH|PWD|SHELL|TERM|TMPDIR|TZ)$/i;

const NOBODY: Pick<SessionSpec, 'session_id' | 'epoch' | 'claude_session_id'> = {
  session_id: 'ses_nobody',
  epoch: 1,
  claude_session_id: '00000000-0000-4000-8000-000000000000',
};

/**
 * Splits what a new session's Claude Code has to be started with from what it can be told later. Undefined: this session's has to be started for it
 * alone. A conversation that goes on is loaded at the start, and so are plugins; MCP servers connect while Claude Code starts.
 */
export function splitSpec(spec: SessionSpec): SplitSpec | undefined {
  if (spec.resume || spec.prompt?.interrupted === true) return undefined;
  if (Object.keys(spec.mcp_servers).length > 0 || spec.plugins.length > 0) return undefined;
  const names = Object.keys(spec.environment);
  if (names.some((name) => READ_AT_START.test(name) || !/^\w+$/.test(name))) return undefined;
  const fixed: SessionSpec = {
    ...spec,
    ...NOBODY,
    model: null,
    environment: {},
    // Judged in the runner: Claude Code never sees these.
    allowed_tools: [],
    session_allowed_tools: [],
    network: null,
    max_budget_usd: null,
    gateway_token: '',
    prompt: null,
    pending: [],
  };
  return { fixed, late: { model: spec.model, environment: spec.environment } };
}

/** The spec that a runner expects before it has seen any: a session of the starter profile. */
export const STARTER_SPEC: SessionSpec = {
  ...NOBODY,
  resume: false,
  allowed_tools: [],
  denied_tools: [],
  session_allowed_tools: [],
  permission_mode: 'acceptEdits',
  model: null,
  max_turns: null,
  max_budget_usd: null,
  task_budget_tokens: null,
  mcp_servers: {},
  environment: {},
  system_prompt_suffix: null,
  network: null,
  plugins: [],
  credential_kind: 'api_key',
  gateway_token: '',
  prompt: null,
  pending: [],
};
