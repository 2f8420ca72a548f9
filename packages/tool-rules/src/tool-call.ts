/** One use of a tool, as Claude Code announces it before it runs. */
export interface ToolCall {
  /** The name as the model wrote it: `Bash`, `Write`, `mcp__server__tool`. */
  readonly tool: string;
  /** The arguments; their shape belongs to the tool and is checked where it is read. */
  readonly input: unknown;
  /** The session's workspace folder, absolute: `/workspace`. */
  readonly cwd: string;
}

/** The name rules are compared by: Claude Code calls its subagent tool `Task` in one place and `Agent` in another. */
export function canonicalTool(tool: string): string {
  return tool === 'Task' ? 'Agent' : tool;
}
