import type { SessionState } from './session-state.ts';

export function budgetSpent(state: SessionState): boolean {
  const max = state.settings.max_budget_usd;
  return max !== null && state.usage.total_cost_usd >= max;
}

/** What its user is told: why the turn ended, and why further prompts are refused. */
export function budgetSpentMessage({ settings, usage }: SessionState): string {
  return `The session's budget of $${settings.max_budget_usd} is spent ($${usage.total_cost_usd.toFixed(4)} used). Raise max_budget_usd with PATCH /v1/sessions/{id} to go on.`;
}
