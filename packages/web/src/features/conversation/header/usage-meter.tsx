import type { Session } from '@ai-sessions/protocol';
import { classNames } from '../../../components/ui/class-names.ts';
import { formatCount, formatMoney } from '../../../lib/format.ts';

/** What the session has spent, against its budget if it has one. */
export function UsageMeter({ session }: { readonly session: Session }) {
  const { usage, max_budget_usd: budget } = session;
  const spent = usage.total_cost_usd;
  const tokens = [
    `${formatCount(usage.input_tokens)} tokens in`,
    `${formatCount(usage.output_tokens)} out`,
    `${formatCount(usage.cache_read_input_tokens)} read from cache`,
    `${formatCount(usage.cache_creation_input_tokens)} written to cache`,
  ].join(', ');
  if (budget === null) {
    return (
      <span className="text-xs text-muted-foreground tabular-nums" title={tokens}>
        {formatMoney(spent)}
      </span>
    );
  }
  const part = Math.min(1, spent / budget);
  return (
    <span className="inline-flex items-center gap-2 text-xs text-muted-foreground tabular-nums" title={tokens}>
      <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-full bg-border">
        <span
          className={classNames('block h-full rounded-full', part >= 1 ? 'bg-danger' : part >= 0.8 ? 'bg-warn' : 'bg-accent')}
          style={{ width: `${Math.max(part * 100, spent > 0 ? 4 : 0)}%` }}
        />
      </span>
      {formatMoney(spent)} of {formatMoney(budget)}
    </span>
  );
}
