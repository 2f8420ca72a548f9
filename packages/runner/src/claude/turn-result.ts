import type { Result } from '@ai-sessions/protocol';
import { cutText } from './payload-size.ts';

/** How a turn ended; whose turn it was is known by the session. */
export type TurnResult = Omit<Result, 'prompt_id'>;

/** The result of a turn whose end Claude Code did not tell itself. */
export function turnError(text: string): TurnResult {
  return { ...NOTHING, subtype: 'error_during_execution', result: text, summary: text };
}

export function turnInterrupted(told?: TurnResult): TurnResult {
  return { ...(told ?? NOTHING), subtype: 'interrupted', is_error: true, success: false, result: '', summary: 'Interrupted.' };
}

/** For a turn whose answer is known to be complete although its result was lost with the process. */
export function turnFinished(text: string): TurnResult {
  return { ...NOTHING, subtype: 'success', is_error: false, success: true, result: cutText(text), summary: summarize(text), num_turns: 1 };
}

const SUMMARY_LENGTH = 200;

/** The first line of a text, cut to what a list shows. */
export function summarize(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length <= SUMMARY_LENGTH ? line : `${line.slice(0, SUMMARY_LENGTH - 1)}…`;
}

const NOTHING: TurnResult = {
  subtype: 'error_during_execution',
  is_error: true,
  success: false,
  result: '',
  summary: '',
  num_turns: 0,
  input_tokens: 0,
  output_tokens: 0,
  total_cost_usd: 0,
};
