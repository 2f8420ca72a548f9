import type { SessionSpec } from '@ai-sessions/protocol';

/** Keys that no upstream takes: Claude Code wants one, the gateway brings the real one. */
const PLACEHOLDER_KEY = 'sk-ant-placeholder-the-gateway-holds-the-key';
const PLACEHOLDER_TOKEN = 'sk-ant-oat01-placeholder-the-gateway-holds-the-token';

export interface ClaudeEnvironmentOptions {
  readonly spec: Pick<SessionSpec, 'environment' | 'credential_kind'>;
  /** Inside paths. */
  readonly home: string;
  readonly modelSocket: string;
  /** Where Claude Code keeps what it writes for itself; absent: `/tmp`, which is the sandbox's own. */
  readonly temporary?: string;
  /** The processes inside see nothing of the host. */
  readonly isolated: boolean;
  /** A turn that a restart has cut is to be gone on with at once. */
  readonly continueTurn: boolean;
}

/** What every program of a session gets, be it Claude Code or an MCP server of the user's. */
const PROGRAMS = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
};

/** The environment of an MCP server in the sandbox. @param home inside path. */
export function programEnvironment(
  spec: Pick<SessionSpec, 'environment'>,
  home: string,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...PROGRAMS, ...spec.environment, HOME: home, ...own };
}

/**
 * The whole environment of a Claude Code process: nothing of the runner's own. The user's variables come between what
 * they may set otherwise and what they may not.
 */
export function claudeEnvironment(options: ClaudeEnvironmentOptions): Record<string, string> {
  const { spec } = options;
  return {
    ...PROGRAMS,
    // Above the runner's own patience with MCP servers.
    MCP_TIMEOUT: '5000',
    CLAUDE_CODE_MCP_STARTUP_WAIT_MS: '5000',
    CLAUDE_CODE_MAX_RETRIES: '3',
    ...spec.environment,
    HOME: options.home,
    // Any host: the traffic goes to the socket. Without a base URL the socket is not used at all.
    ANTHROPIC_BASE_URL: 'http://model.internal',
    ANTHROPIC_UNIX_SOCKET: options.modelSocket,
    ...(spec.credential_kind === 'oauth_token' ? { CLAUDE_CODE_OAUTH_TOKEN: PLACEHOLDER_TOKEN } : { ANTHROPIC_API_KEY: PLACEHOLDER_KEY }),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    // One prompt, one turn, one result: a command or subagent in the background would begin turns of its own after the
    // result, beside the queue and its budget, and a command over its time would go on unseen instead of being ended.
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    ...(options.temporary === undefined ? {} : { CLAUDE_CODE_TMPDIR: options.temporary }),
    ...(options.isolated ? { IS_SANDBOX: '1' } : {}),
    ...(options.continueTurn ? { CLAUDE_CODE_RESUME_INTERRUPTED_TURN: '1' } : {}),
  };
}
