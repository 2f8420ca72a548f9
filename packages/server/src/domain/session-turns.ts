import type { Result } from '@ai-sessions/protocol';
import { modelCallKey } from './egress-ledger.ts';
import { type Draft, later } from './session-draft.ts';
import { end, finishTurn } from './session-end.ts';
import { promptStarted, pump, restIfIdle } from './session-prompts.ts';
import { budgetSpent, budgetSpentMessage } from './session-budget.ts';
import type { Command, SessionState } from './session-state.ts';

export function turnEnded(draft: Draft, given: Result): void {
  if (given.prompt_id === null) {
    draft.append({ type: 'result', payload: { ...given, total_cost_usd: draft.state.usage.total_cost_usd } });
    return;
  }
  if (draft.state.prompts[0]?.prompt_id !== given.prompt_id) return;
  promptStarted(draft, given.prompt_id, []);
  finishTurn(draft, budgetResult(draft.state, given));
  draft.set({ resolutions: [], interrupting: null, budget_refusal: null });
  restIfIdle(draft);
  if (draft.state.settings.one_shot && draft.state.prompts.length === 0) end(draft, 'completed', null, null);
  else pump(draft);
}

/** A turn that the gateway stopped because the budget is spent says so. */
function budgetResult(state: SessionState, given: Result): Result {
  const result = { ...given, total_cost_usd: state.usage.total_cost_usd };
  const spent = state.budget_refusal ?? (budgetSpent(state) ? budgetSpentMessage(state) : null);
  if (!given.is_error || spent === null || given.subtype === 'interrupted') return result;
  return { ...result, subtype: 'error_max_budget_usd', result: spent, summary: spent };
}

export function addUsage(draft: Draft, { usage: more, model, callId, durationMs }: Extract<Command, { kind: 'usage' }>): void {
  const { usage } = draft.state;
  draft.set({
    usage: {
      input_tokens: usage.input_tokens + more.input_tokens,
      output_tokens: usage.output_tokens + more.output_tokens,
      cache_read_input_tokens: usage.cache_read_input_tokens + more.cache_read_input_tokens,
      cache_creation_input_tokens: usage.cache_creation_input_tokens + more.cache_creation_input_tokens,
      total_cost_usd: usage.total_cost_usd + more.total_cost_usd,
    },
  });
  const { total_cost_usd: cost_usd, ...tokens } = more;
  const at = later(draft.context.now, -durationMs);
  const row = { kind: 'model_call', at, model, ...tokens, cost_usd, duration_ms: durationMs } as const;
  draft.ledger.push({ op: 'model_call', key: modelCallKey(callId), row });
}
