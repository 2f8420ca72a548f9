import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { budgetSpent, budgetSpentMessage } from '../domain/session-budget.ts';
import { isLive } from '../domain/session-state.ts';
import type { Commands } from '../sessions/commands.ts';
import { liveText } from '../sessions/live-text.ts';
import type { Store } from '../store/store.ts';
import { dailyBudgetSpent } from '../usage/usage.ts';
import type { Usage } from '../usage/usage.ts';
import type { Purse } from './budget-gate.ts';
import { budgetRefusal } from './gateway-refusal.ts';
import type { GatewaySessions } from './gateway.ts';
import type { UsageReport } from './usage-ledger.ts';

/** Pauses before usage that could not be recorded is tried again. Its call holds its part of the budget meanwhile. */
const retriesMs = [250, 1000, 4000];

/** Whether an incarnation may call the model now: the session is live, the epoch its own, neither its nor its user's budget spent. */
export function createAdmission(ctx: {
  readonly store: Pick<Store, 'sessions'>;
  readonly usage: Usage;
  readonly commands: Commands;
}): GatewaySessions {
  return {
    async admit(sessionId, epoch) {
      const first = (await ctx.store.sessions.get(sessionId))?.state;
      const today = first === undefined ? null : await ctx.usage.today(first.user_id);
      // The newest state, last: reading the day may have taken a while.
      const state = today === null ? first : (await ctx.store.sessions.get(sessionId))?.state;
      if (state === undefined || !isLive(state) || state.epoch !== epoch) {
        return { refuse: { status: 403, type: 'permission_error', message: 'The session has ended or runs elsewhere now.' } };
      }
      if (budgetSpent(state)) return { refuse: budgetRefusal(budgetSpentMessage(state)) };
      const purses: Purse[] = [];
      const { max_budget_usd } = state.settings;
      if (max_budget_usd !== null) purses.push({ key: sessionId, leftUsd: max_budget_usd - state.usage.total_cost_usd });
      if (today !== null) {
        if (today.spentUsd >= today.capUsd) {
          const message = dailyBudgetSpent(today);
          // Told first, so that the turn which the refusal ends says why.
          await ctx.commands.apply(sessionId, { kind: 'budget_refused', message });
          return { refuse: budgetRefusal(message) };
        }
        purses.push({ key: state.user_id, leftUsd: today.capUsd - today.spentUsd });
      }
      return { userId: state.user_id, purses };
    },
  };
}

/** Adds a model call's usage to its session and shows it to the viewers. Resolves once it is recorded, or given up; never rejects. */
export async function recordUsage(ctx: { commands: Commands; bus: Bus; clock: Clock; log: Logger }, report: UsageReport): Promise<void> {
  const { sessionId, model, usage, costUsd, newCall, callId, durationMs } = report;
  const command = { kind: 'usage', model, usage: { ...usage, total_cost_usd: costUsd }, newCall, callId, durationMs } as const;
  const record = () => ctx.commands.apply(sessionId, command);
  const recorded = record();
  ctx.bus.publish({
    sessionId,
    live: [{ type: 'usage_delta', text: liveText(ctx.clock, sessionId, 'usage_delta', { model, ...usage, cost_usd: costUsd }) }],
  });
  try {
    await recorded.catch(async (error: unknown) => {
      let latest = error;
      for (const pause of retriesMs) {
        await sleep(pause);
        try {
          return await record();
        } catch (again) {
          latest = again;
        }
      }
      throw latest;
    });
  } catch (error) {
    ctx.log.error(
      { err: error, session: sessionId, costUsd },
      'the usage of a model call could not be recorded: its budget does not know of it',
    );
  }
}
