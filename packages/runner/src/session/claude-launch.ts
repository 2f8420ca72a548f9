import type { SessionSpec } from '@ai-sessions/protocol';
import { claudeEnvironment } from '../claude/claude-environment.ts';
import { ClaudeProcess, type ClaudeProcessOptions } from '../claude/claude-process.ts';
import { launchOptions } from '../claude/launch-options.ts';
import type { McpServers } from '../mcp/mcp-servers.ts';
import type { Permissions } from '../claude/permissions.ts';
import { sessionPrompt } from '../claude/session-prompt.ts';
import type { Place } from './place.ts';

export interface ClaudeLaunch extends Pick<ClaudeProcessOptions, 'onMessage' | 'onEnd'> {
  readonly spec: SessionSpec;
  readonly place: Place;
  readonly permissions: Permissions;
  readonly mcp: McpServers;
  readonly conversation: { readonly id: string; readonly resume: boolean };
  /** A turn that a restart has cut is to be gone on with at once. */
  readonly continueTurn: boolean;
  readonly claudeMd: string | undefined;
}

/** Starts Claude Code for a session in its place. */
export function launchClaude(launch: ClaudeLaunch): ClaudeProcess {
  const { spec, place, permissions, mcp, conversation, continueTurn, claudeMd } = launch;
  const { sandbox, isolated } = place;
  const { workspace, home } = sandbox.paths;
  const env = claudeEnvironment({
    spec,
    home,
    modelSocket: place.modelAddress,
    isolated,
    continueTurn,
    ...(isolated ? {} : { temporary: home }),
  });
  const options = launchOptions({
    spec,
    conversation,
    mode: permissions.mode,
    isolated,
    cwd: workspace,
    program: place.program,
    env,
    mcpServers: mcp.forClaude(),
    prompt: sessionPrompt({ workspace, claudeMd, suffix: spec.system_prompt_suffix }),
    canUseTool: permissions.canUseTool,
    preToolUse: permissions.preToolUse,
  });
  const claude = ClaudeProcess.start({
    options,
    spawn: (command, args, given, signal) => sandbox.spawn(command, args, { env: given, cwd: workspace, signal }),
    onMessage: launch.onMessage,
    onEnd: launch.onEnd,
  });
  mcp.serve((servers) => claude.setMcpServers(servers));
  return claude;
}
