import type { PermissionMode, SessionSpec } from '@ai-sessions/protocol';
import type { CanUseTool, HookCallback, McpServerConfig, Options } from '@anthropic-ai/claude-agent-sdk';

export interface LaunchOptions {
  readonly spec: SessionSpec;
  readonly conversation: { readonly id: string; readonly resume: boolean };
  readonly mode: PermissionMode;
  /** False: the process may run as root, which Claude Code does not let bypass permissions. */
  readonly isolated: boolean;
  /** Inside paths. */
  readonly cwd: string;
  readonly program: string;
  readonly env: Record<string, string>;
  readonly prompt: string;
  readonly mcpServers: Record<string, McpServerConfig>;
  /** Inside folders. */
  readonly plugins: readonly string[];
  readonly canUseTool: CanUseTool;
  readonly preToolUse: HookCallback;
}

/** Tools that reach beyond the session, or begin turns that no prompt asked for. */
const NOT_FOR_SESSIONS = [
  'CronCreate',
  'CronDelete',
  'CronList',
  'EnterWorktree',
  'ExitWorktree',
  'ListAgents',
  'Monitor',
  'ScheduleWakeup',
  'SendMessage',
  'Workflow',
];

/** The Agent SDK's options for one process of a session, but for how it is spawned. */
export function launchOptions(launch: LaunchOptions): Omit<Options, 'spawnClaudeCodeProcess'> {
  const { spec, conversation } = launch;
  return {
    cwd: launch.cwd,
    env: launch.env,
    pathToClaudeCodeExecutable: launch.program,
    // Rendered anew at each start: a session lives for days, and its CLAUDE.md changes with the work.
    systemPrompt: { type: 'preset', preset: 'claude_code', append: launch.prompt, snapshot: false },
    ...(conversation.resume ? { resume: conversation.id } : { sessionId: conversation.id }),
    // Files of the workspace can neither redirect the API nor run hooks: none of Claude Code's settings files is read.
    settingSources: [],
    strictMcpConfig: true,
    // What may be fetched is decided by the session's egress policy. Else Claude Code asks Anthropic about each domain first.
    settings: { skipWebFetchPreflight: true },
    mcpServersDelivery: 'initialize',
    mcpServers: launch.mcpServers,
    plugins: launch.plugins.map((path) => ({ type: 'local', path, skipMcpDiscovery: true })),
    includePartialMessages: true,
    ...nativeMode(launch.mode, launch.isolated),
    disallowedTools: [...NOT_FOR_SESSIONS, ...hiddenTools(spec.denied_tools)],
    // No allowedTools: a bare name there would keep canUseTool from being asked, and with it our deny rules' parts.
    canUseTool: launch.canUseTool,
    hooks: { PreToolUse: [{ hooks: [launch.preToolUse] }] },
    ...(spec.model === null ? {} : { model: spec.model }),
    ...(spec.max_turns === null ? {} : { maxTurns: spec.max_turns }),
    // No maxBudgetUsd: the gateway meters every call against the session's budget, which may be raised while it runs,
    // whereas Claude Code counts from zero at each start and refuses for good once it is over.
    ...(spec.task_budget_tokens === null ? {} : { taskBudget: { total: spec.task_budget_tokens } }),
  };
}

/**
 * The mode that Claude Code itself is to be in. For `acceptEdits` it is `default`: its own acceptEdits also runs
 * `rm`, `mv` and the like unasked, while ours approves file edits alone, in canUseTool. For `plan` it tells the model
 * to plan. Bypassing saves the question for each call; the PreToolUse hook still sees them all.
 */
function nativeMode(
  mode: PermissionMode,
  isolated: boolean,
): Pick<Options, 'permissionMode' | 'extraArgs' | 'allowDangerouslySkipPermissions'> {
  switch (mode) {
    case 'acceptEdits':
      return { permissionMode: 'default' };
    case 'plan':
      return { permissionMode: 'plan' };
    case 'bypassPermissions':
      // As a flag: in its own option the SDK warns at each start that canUseTool is not asked, which here is intended.
      return isolated
        ? { extraArgs: { 'permission-mode': 'bypassPermissions' }, allowDangerouslySkipPermissions: true }
        : { permissionMode: 'default' };
    default: {
      const unreachable: never = mode;
      return unreachable;
    }
  }
}

/** Denied tools as whole: the model is not even told of them. A rule for some uses only is the hook's. */
function hiddenTools(denied: readonly string[]): string[] {
  const whole = denied.filter((rule) => /^[\w-]+$/.test(rule));
  return whole.some((rule) => rule === 'Task' || rule === 'Agent') ? [...new Set([...whole, 'Task', 'Agent'])] : whole;
}
