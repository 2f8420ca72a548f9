import { z } from 'zod';
import { sessionId } from './ids.ts';
import { usage } from './session.ts';

/** A day in UTC, `YYYY-MM-DD`. */
export const day = z.iso.date();

/** Longest span of one usage report, in days. */
export const usageReportDays = 366;
/** Sessions that a usage report names; the costliest come first, the rest is in the sums only. */
export const usageReportSessions = 100;

/** Tokens and cost of all model calls of a day, a model or a session: sub-agents' too. */
export const usageSum = usage.extend({ model_calls: z.int() });
export type UsageSum = z.infer<typeof usageSum>;

export const usageQuery = z.strictObject({ from: day.optional(), to: day.optional() });

export const usageReport = z
  .strictObject({
    from: day,
    to: day,
    total: usageSum,
    /** Days on which something was used, in order. */
    days: z.array(usageSum.extend({ day })),
    /** Costliest first. */
    models: z.array(usageSum.extend({ model: z.string() })),
    /** Costliest first. `session_id` and `name` are null for what sessions used whose records are deleted. */
    sessions: z.array(usageSum.extend({ session_id: sessionId.nullable(), name: z.string().nullable() })),
    /** What a user may spend in one UTC day; null where the operator sets no limit. */
    daily_budget_usd: z.number().nullable(),
    spent_today_usd: z.number(),
    /** Where the prices come from: costs are estimates from this list. */
    prices: z.strictObject({ source: z.string(), version: z.string(), as_of: day }),
  })
  .meta({ id: 'UsageReport' });
export type UsageReport = z.infer<typeof usageReport>;
