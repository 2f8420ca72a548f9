import { ApiError, type UsageSum, usageReportDays, usageReportSessions } from '@ai-sessions/protocol';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { priceList } from './price-list.ts';
import type { Usage } from './usage.ts';

const dayMs = 86_400_000;
const usualDays = 30;
const nothing: UsageSum = {
  model_calls: 0,
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  total_cost_usd: 0,
};

export interface UsageOptions {
  readonly store: Pick<Store, 'usage' | 'sessions'>;
  readonly clock: Clock;
  readonly config: { readonly dailyBudgetUsd: number | null };
}

export function createUsage({ store, clock, config }: UsageOptions): Usage {
  const today = () => clock.timestamp().slice(0, 10);
  return {
    async report(userId, span) {
      const to = span.to ?? today();
      const from = span.from ?? dayBefore(to, usualDays - 1);
      const days = Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1;
      if (days < 1 || days > usageReportDays) {
        throw new ApiError('invalid_request', `A usage report covers 1 to ${usageReportDays} days, from its first to its last.`, {
          details: [{ path: 'query.from', message: `not within ${usageReportDays} days before ${to}` }],
        });
      }
      const [sums, spentToday] = await Promise.all([
        store.usage.report(userId, from, to, usageReportSessions),
        store.usage.spentOn(userId, today()),
      ]);
      const sessions = await Promise.all(sums.sessions.map(async (sum) => ({ ...sum, name: await nameOf(store, sum.session_id) })));
      return {
        from,
        to,
        total: sums.days.reduce<UsageSum>(plus, nothing),
        days: [...sums.days],
        models: [...sums.models],
        sessions,
        daily_budget_usd: config.dailyBudgetUsd,
        spent_today_usd: spentToday,
        prices: priceList,
      };
    },
    async today(userId) {
      if (config.dailyBudgetUsd === null) return null;
      return { capUsd: config.dailyBudgetUsd, spentUsd: await store.usage.spentOn(userId, today()) };
    },
  };
}

async function nameOf(store: Pick<Store, 'sessions'>, sessionId: string | null): Promise<string | null> {
  return sessionId === null ? null : ((await store.sessions.get(sessionId))?.state.name ?? null);
}

function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * dayMs).toISOString().slice(0, 10);
}

function plus(sum: UsageSum, more: UsageSum): UsageSum {
  return {
    model_calls: sum.model_calls + more.model_calls,
    input_tokens: sum.input_tokens + more.input_tokens,
    output_tokens: sum.output_tokens + more.output_tokens,
    cache_read_input_tokens: sum.cache_read_input_tokens + more.cache_read_input_tokens,
    cache_creation_input_tokens: sum.cache_creation_input_tokens + more.cache_creation_input_tokens,
    total_cost_usd: sum.total_cost_usd + more.total_cost_usd,
  };
}
