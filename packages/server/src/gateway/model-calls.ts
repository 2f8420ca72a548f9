import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { budgetSpent, isLive } from '../domain/session-state.ts';
import type { Commands } from '../sessions/commands.ts';
import { liveText } from '../sessions/live-text.ts';
import type { Store } from '../store/store.ts';
import { budgetRefusal } from './gateway-refusal.ts';
import type { GatewaySessions } from './gateway.ts';
import type { UsageReport } from './usage-ledger.ts';

/** Whether an incarnation may call the model now: the session is live, the epoch its own, the budget not spent. */
export function createAdmission(store: Store): GatewaySessions {
  return {
    async admit(sessionId, epoch) {
      const state = (await store.sessions.get(sessionId))?.state;
      if (state === undefined || !isLive(state) || state.epoch !== epoch) {
        return { refuse: { status: 403, type: 'permission_error', message: 'The session has ended or runs elsewhere now.' } };
      }
      if (budgetSpent(state)) return { refuse: budgetRefusal(state.settings.max_budget_usd ?? 0) };
      return { userId: state.user_id };
    },
  };
}

/** Adds a model call's usage to its session and shows it to the viewers. */
export function recordUsage(ctx: { commands: Commands; bus: Bus; clock: Clock }, report: UsageReport): Promise<unknown> {
  const { sessionId, model, usage, costUsd, newCall } = report;
  const recorded = ctx.commands.apply(sessionId, { kind: 'usage', model, usage: { ...usage, total_cost_usd: costUsd }, newCall });
  ctx.bus.publish({
    sessionId,
    live: [{ type: 'usage_delta', text: liveText(ctx.clock, sessionId, 'usage_delta', { model, ...usage, cost_usd: costUsd }) }],
  });
  return recorded;
}
