import { editsPlan, isFileEdit } from './file-edit.ts';
import { isReadOnly } from './read-only-command.ts';
import { allowingRules, type RuleSubject } from './rule-list.ts';
import type { ToolCall } from './tool-call.ts';

/**
 * Why plan mode refuses a call, or undefined when it does not. An allow rule answers whether to ask, plan mode
 * whether to write at all, so a file edit is refused in any case. What a Bash line or an MCP tool does is not
 * known: a rule that names the command, the server or the tool vouches for it, a rule for all of Bash does not.
 */
export function planRefusal(call: ToolCall, subject: RuleSubject, allowed: readonly string[]): string | undefined {
  if (isFileEdit(call)) return editsPlan(call) ? undefined : refusal(`${call.tool} changes files`);
  if (!call.tool.startsWith('mcp__') && subject.bash === undefined) return undefined;
  const vouching = allowed.filter((rule) => rule !== 'Bash');
  if (allowingRules(subject, vouching).length > 0) return undefined;
  if (subject.bash === undefined) return refusal(`${call.tool} may change things`);
  const { line } = subject.bash;
  if (isReadOnly(line)) return undefined;
  return refusal('opaque' in line ? `what this command does is not clear, since ${line.opaque}` : 'this command may change things');
}

function refusal(why: string): string {
  return `The session is in plan mode, and ${why}. Read and search only, then present the plan with ExitPlanMode.`;
}
