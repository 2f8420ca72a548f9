import { ApiError } from '@ai-sessions/protocol';
import { type Usage, dailyBudgetSpent } from '../usage/usage.ts';

/** @throws ApiError `budget_exhausted` when the user has spent what the operator grants for a day. */
export async function checkDailyBudget(usage: Usage, userId: string): Promise<void> {
  const today = await usage.today(userId);
  if (today !== null && today.spentUsd >= today.capUsd) throw new ApiError('budget_exhausted', dailyBudgetSpent(today));
}
