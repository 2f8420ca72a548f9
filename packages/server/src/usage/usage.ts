import type { UsageReport } from '@ai-sessions/protocol';

/** What users spent on model calls, and the operator's cap on it. */
export interface Usage {
  /**
   * Sums of the days from `from` to `to` (`YYYY-MM-DD` in UTC, both included; without them the last 30 days).
   * @throws ApiError `invalid_request` for a span that is empty or over 366 days.
   */
  report(userId: string, span: { readonly from?: string | undefined; readonly to?: string | undefined }): Promise<UsageReport>;
  /** The operator's cap and what is left of it today; null where there is no cap: then nothing is read. */
  today(userId: string): Promise<DailyBudget | null>;
}

export interface DailyBudget {
  readonly capUsd: number;
  readonly spentUsd: number;
}

/** What its user is told: why a turn ended, and why prompts are refused. */
export function dailyBudgetSpent({ capUsd, spentUsd }: DailyBudget): string {
  return `Your budget of $${capUsd} a day is spent ($${spentUsd.toFixed(4)} used). It begins anew at 00:00 UTC; whoever runs this server sets it.`;
}
