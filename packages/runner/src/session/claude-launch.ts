import type { SessionSpec } from '@ai-sessions/protocol';
import { claudeEnvironment } from '../claude/claude-environment.ts';
import { ClaudeProcess, type ClaudeProcessOptions } from '../claude/claude-process.ts';
import { launchOptions } from '../claude/launch-options.ts';
import type { McpServers } from '../mcp/mcp-servers.ts';
import type { Permissions } from '../claude/permissions.ts';
import { sessionPrompt } from '../claude/session-prompt.ts';
import type { SandboxPaths } from '../sandbox/sandbox.ts';
import type { Place } from './place.ts';

export interface ClaudeLaunch extends Pick<ClaudeProcessOptions, 'onMessage' | 'onEnd'> {
  readonly spec: SessionSpec;
  readonly place: Place;
  readonly permissions: Pick<Permissions, 'mode' | 'canUseTool' | 'preToolUse'>;
  readonly mcp: Pick<McpServers, 'forClaude' | 'serve'>;
  /** Inside folders. */
  readonly plugins: readonly string[];
  readonly conversation: { readonly id: string; readonly resume: boolean };
  /** A turn that a restart has cut is to be gone on with at once. */
  readonly continueTurn: boolean;
  readonly claudeMd: string | undefined;
}

/** Where Claude Code is started, as far as it is told. */
export interface LaunchPlace extends Pick<Place, 'isolated' | 'modelAddress' | 'program'> {
  readonly paths: Pick<SandboxPaths, 'workspace' | 'home'>;
}

/** Starts Claude Code for a session in its place. */
export function launchClaude(launch: ClaudeLaunch): ClaudeProcess {
  const { sandbox } = launch.place;
  const claude = ClaudeProcess.start({
    options: claudeOptions(launch, launch.place),
    spawn: (command, args, env, signal) => sandbox.spawn(command, args, { env, cwd: sandbox.paths.workspace, signal, networkLater: true }),
    onMessage: launch.onMessage,
    onEnd: launch.onEnd,
  });
  launch.mcp.serve((servers) => claude.setMcpServers(servers));
  return claude;
}

/** All that Claude Code is started with. */
export function claudeOptions(
  launch: Omit<ClaudeLaunch, 'place' | 'onMessage' | 'onEnd'>,
  place: LaunchPlace,
): ClaudeProcessOptions['options'] {
  const { spec, permissions, mcp, conversation, continueTurn, claudeMd } = launch;
  const { isolated } = place;
  const { workspace, home } = place.paths;
  const env = claudeEnvironment({
    spec,
    home,
    modelSocket: place.modelAddress,
    isolated,
    continueTurn,
    ...(isolated ? {} : { temporary: home }),
  });
  return launchOptions({
    spec,
    conversation,
    mode: permissions.mode,
    isolated,
    cwd: workspace,
    program: place.program,
    env,
    mcpServers: mcp.forClaude(),
    plugins: launch.plugins,
    prompt: sessionPrompt({ workspace, claudeMd, suffix: spec.system_prompt_suffix }),
    canUseTool: permissions.canUseTool,
    preToolUse: permissions.preToolUse,
  });
}
