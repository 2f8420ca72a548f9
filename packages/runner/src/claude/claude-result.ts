import type { SDKResultMessage } from '@anthropic-ai/claude-agent-sdk';
import { summarize, type TurnResult } from './turn-result.ts';
import { errorText } from './error-text.ts';
import { cutText } from './payload-size.ts';

/**
 * The result of a turn as the contract has it. Claude Code tells a failed API call as `success` with `is_error`,
 * and an interrupt as an error with a diagnostic.
 */
export function turnResult(message: SDKResultMessage): TurnResult {
  const counts = {
    num_turns: whole(message.num_turns),
    input_tokens: whole(message.usage?.input_tokens),
    output_tokens: whole(message.usage?.output_tokens),
    total_cost_usd: Number.isFinite(message.total_cost_usd) ? message.total_cost_usd : 0,
  };
  if (message.subtype === 'success' && !message.is_error) {
    const result = typeof message.result === 'string' ? message.result : '';
    return { subtype: 'success', is_error: false, success: true, result: cutText(result), summary: summarize(result), ...counts };
  }
  const text = cutText(errorText(rawText(message)));
  const subtype =
    message.subtype === 'error_max_turns' || message.subtype === 'error_max_budget_usd' ? message.subtype : 'error_during_execution';
  return { subtype, is_error: true, success: false, result: text, summary: summarize(text), ...counts };
}

function rawText(message: SDKResultMessage): string {
  if (message.subtype === 'success') return typeof message.result === 'string' ? message.result : '';
  return Array.isArray(message.errors) ? message.errors.join('\n') : '';
}

function whole(count: unknown): number {
  return typeof count === 'number' && Number.isFinite(count) ? Math.max(0, Math.trunc(count)) : 0;
}
