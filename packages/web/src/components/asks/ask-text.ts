import type { OpenApproval } from '@ai-sessions/protocol';
import { toolSummary } from '../tools/tool-summary.ts';

/** What is asked for, as a sentence. */
export function askText({ tool_name, tool_input }: Pick<OpenApproval, 'tool_name' | 'tool_input'>): string {
  if (tool_name === 'ExitPlanMode') return 'Claude has a plan and asks to begin';
  if (tool_name === 'Bash') return 'Claude asks to run a command';
  if (['Write', 'Edit', 'MultiEdit', 'NotebookEdit'].includes(tool_name)) return 'Claude asks to change a file';
  if (tool_name === 'WebFetch' || tool_name === 'WebSearch') return 'Claude asks to use the web';
  return `Claude asks to use ${toolSummary(tool_name, tool_input).title}`;
}
