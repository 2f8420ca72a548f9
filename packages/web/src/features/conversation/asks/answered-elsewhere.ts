import { type Conversation, entryOf } from '@ai-sessions/client';
import { settledBy } from '../../../components/asks/ask-state.ts';
import { toolSummary } from '../../../components/tools/tool-summary.ts';

/**
 * What to say of the approvals and questions that were open in `before` and are not in `now`, but for those answered here: whose
 * answer it was, and which. Undefined where there is nothing to say, and for what a replay passes through.
 */
export function answeredElsewhere(before: Conversation, now: Conversation, answeredHere: ReadonlySet<string>): string | undefined {
  if (before.connection.state !== 'live') return undefined;
  if (before.openApprovals === now.openApprovals && before.openQuestions === now.openQuestions) return undefined;
  const approvals = before.openApprovals.flatMap(({ tool_use_id: id, tool_name, tool_input }) => {
    const entry = entryOf(now, `tool:${id}`);
    const approval = entry?.kind === 'tool' ? entry.approval : undefined;
    if (answeredHere.has(id) || approval?.by === undefined || approval.by === 'interrupted') return [];
    return [`${toolSummary(tool_name, tool_input).title}: ${lowerFirst(settledBy(approval.by, approval.status === 'approved'))}`];
  });
  const questions = before.openQuestions.flatMap(({ question_id: id }) => {
    const entry = entryOf(now, `question:${id}`);
    const resolution = entry?.kind === 'question' ? entry.resolution : undefined;
    if (answeredHere.has(id) || resolution === undefined || resolution.by === 'interrupted') return [];
    return [`Question: ${lowerFirst(settledBy(resolution.by))}`];
  });
  return [...approvals, ...questions].at(-1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
