import { isDeepStrictEqual } from 'node:util';
import type { PendingAsk, Question } from '@ai-sessions/protocol';
import type { PermissionResult } from '@anthropic-ai/claude-agent-sdk';
import { QUESTION_TOOL, questionsOf } from './question.ts';

/** What an approval or a question came to. */
export type AskAnswer =
  | { readonly kind: 'approved'; readonly updatedInput?: Readonly<Record<string, unknown>> }
  | { readonly kind: 'answered'; readonly answers: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Something that the user has been asked. It outlives the process that asked it: `resolve` is absent until the process
 * that took its place asks the same again, and an answer that comes before that is kept.
 */
export interface Ask {
  readonly kind: 'approval' | 'question';
  /** By which the server knows it. */
  readonly id: string;
  readonly toolUseId: string;
  readonly toolName: string;
  /** What the user was shown. */
  readonly input: unknown;
  resolve?: (result: PermissionResult) => void;
  answer?: AskAnswer;
  /** A process that was started again has made the call once more, under this id. */
  claimedBy?: string;
}

export function carriedAsk(pending: PendingAsk): Ask {
  return pending.kind === 'approval'
    ? { kind: 'approval', id: pending.tool_use_id, toolUseId: pending.tool_use_id, toolName: pending.tool_name, input: pending.tool_input }
    : { kind: 'question', id: pending.question_id, toolUseId: pending.tool_use_id, toolName: QUESTION_TOOL, input: pending.questions };
}

/** Whether the call is the one that was asked about: the same tool with the same input. */
export function isSameCall(ask: Ask, toolName: string, input: unknown): boolean {
  if (ask.toolName !== toolName) return false;
  if (ask.kind === 'question') return isDeepStrictEqual(shown(ask.input), questionsOf(input));
  // A plan is written to a file, and what Claude Code passes on of it differs from what the model wrote.
  return toolName === 'ExitPlanMode' || isDeepStrictEqual(ask.input, input);
}

function shown(questions: unknown): Question[] | undefined {
  return Array.isArray(questions) ? (questions as Question[]) : undefined;
}

/** The same without the process that asked it. */
export function unasked({ kind, id, toolUseId, toolName, input, answer }: Ask): Ask {
  return { kind, id, toolUseId, toolName, input, ...(answer === undefined ? {} : { answer }) };
}
