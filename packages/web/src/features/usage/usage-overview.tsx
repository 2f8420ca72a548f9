import type { UsageReport } from '@ai-sessions/protocol';
import { lazy, Suspense, useMemo, useState } from 'react';
import { classNames } from '../../components/ui/class-names.ts';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { controlClass } from '../../components/ui/field.tsx';
import { SkeletonRows } from '../../components/ui/skeleton.tsx';
import { Spinner } from '../../components/ui/spinner.tsx';
import { formatCount, formatMoney } from '../../lib/format.ts';
import { Link, paths, setSearchParam, useSearchParam } from '../../lib/router.tsx';
import { useUsageReport } from './api.ts';
import { daysBetween, lastDays } from './day-range.ts';
import { UsageTable } from './usage-table.tsx';

const BarChart = lazy(() => import('./bar-chart.tsx').then((module) => ({ default: module.BarChart })));

const spans = [
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' },
  { value: '90', label: 'Last 90 days' },
  { value: '366', label: 'Last year' },
] as const;

const measures = {
  cost: { label: 'Cost', of: (sum: UsageReport['total']) => sum.total_cost_usd, format: formatMoney },
  tokens: {
    label: 'Tokens out',
    of: (sum: UsageReport['total']) => sum.output_tokens,
    format: (value: number) => formatCount(Math.round(value)),
  },
  calls: {
    label: 'Model calls',
    of: (sum: UsageReport['total']) => sum.model_calls,
    format: (value: number) => formatCount(Math.round(value)),
  },
} as const;
type Measure = keyof typeof measures;

/** What the user has used: over days, by model, by session. */
export function UsageOverview() {
  const chosen = useSearchParam('days');
  const span = spans.find(({ value }) => value === chosen)?.value ?? '30';
  const [now] = useState(Date.now);
  const { from, to } = lastDays(Number(span), now);
  const report = useUsageReport(from, to);
  return (
    <div className="space-y-6">
      <label className="flex items-center gap-2">
        <span className="sr-only">Span</span>
        <select
          className={classNames(controlClass, 'h-9 max-w-44 pointer-coarse:h-11')}
          value={span}
          onChange={({ target }) => setSearchParam('days', target.value, { replace: true })}
        >
          {spans.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <span className="text-muted-foreground">Days are in UTC.</span>
      </label>
      {report.isPending && <SkeletonRows rows={5} label="Adding up…" />}
      {report.isError && <ErrorNotice error={report.error} onRetry={() => void report.refetch()} />}
      {report.data !== undefined && (report.data.total.model_calls === 0 ? <NothingUsed /> : <Report report={report.data} />)}
    </div>
  );
}

function NothingUsed() {
  return (
    <EmptyState title="Nothing was used">
      No model was called in these days. What your sessions use shows here, their subagents’ calls included.
    </EmptyState>
  );
}

function Report({ report }: { readonly report: UsageReport }) {
  const { total, daily_budget_usd: budget, spent_today_usd: today, prices } = report;
  return (
    <>
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <Figure name="Cost" value={formatMoney(total.total_cost_usd)} />
        <Figure name="Today" value={formatMoney(today)} {...(budget === null ? {} : { note: `of ${formatMoney(budget)} a day` })} />
        <Figure name="Model calls" value={formatCount(total.model_calls)} />
        <Figure name="Tokens in / out" value={`${formatCount(total.input_tokens)} / ${formatCount(total.output_tokens)}`} />
      </dl>
      <OverDays report={report} />
      <section aria-label="By model" className="space-y-2">
        <h2 className="font-semibold">By model</h2>
        <UsageTable
          caption="Use by model"
          heading="Model"
          rows={report.models.map((sum) => ({ ...sum, key: sum.model, name: sum.model }))}
        />
      </section>
      <section aria-label="By session" className="space-y-2">
        <h2 className="font-semibold">By session</h2>
        <UsageTable
          caption="Use by session"
          heading="Session"
          rows={report.sessions.map((sum) => ({ ...sum, key: sum.session_id ?? 'deleted', name: <SessionName {...sum} /> }))}
        />
      </section>
      <p className="text-xs text-muted-foreground">
        Costs are estimates: list prices of {prices.source} {prices.version}, as of {prices.as_of}.
      </p>
    </>
  );
}

function Figure({ name, value, note }: { readonly name: string; readonly value: string; readonly note?: string }) {
  return (
    <div className="rounded-lg border border-border bg-surface px-4 py-3">
      <dt className="text-xs text-muted-foreground">{name}</dt>
      <dd className="text-lg font-semibold tabular-nums">
        {value} {note !== undefined && <span className="block text-xs font-normal text-muted-foreground">{note}</span>}
      </dd>
    </div>
  );
}

function OverDays({ report }: { readonly report: UsageReport }) {
  const [measure, setMeasure] = useState<Measure>('cost');
  const [asTable, setAsTable] = useState(false);
  const { label, of, format } = measures[measure];
  const names = useMemo(() => daysBetween(report.from, report.to), [report.from, report.to]);
  const values = useMemo(() => {
    const byDay = new Map(report.days.map((sum) => [sum.day, of(sum)]));
    return names.map((day) => byDay.get(day) ?? 0);
  }, [report.days, names, of]);
  return (
    <section aria-label="Over days" className="space-y-2">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="flex-1 font-semibold">Over days</h2>
        <Choice
          name="What is shown"
          value={measure}
          options={Object.entries(measures).map(([value, one]) => [value as Measure, one.label])}
          onChange={setMeasure}
        />
        <Choice
          name="How it is shown"
          value={asTable ? 'table' : 'plot'}
          options={[
            ['plot', 'Plot'],
            ['table', 'Table'],
          ]}
          onChange={(value) => setAsTable(value === 'table')}
        />
      </div>
      {asTable ? (
        <UsageTable
          caption="Use by day"
          heading="Day"
          rows={report.days.map((sum) => ({ ...sum, key: sum.day, name: sum.day })).toReversed()}
        />
      ) : (
        <div className="rounded-lg border border-border bg-surface p-3">
          <Suspense fallback={<Spinner label="Drawing…" />}>
            <BarChart
              label={`${label} by day, from ${report.from} to ${report.to}. The table has the numbers.`}
              names={names}
              values={values}
              limit={measure === 'cost' ? report.daily_budget_usd : null}
              format={format}
            />
          </Suspense>
        </div>
      )}
    </section>
  );
}

interface ChoiceProps<T extends string> {
  readonly name: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, label: string])[];
  readonly onChange: (value: T) => void;
}

function Choice<T extends string>({ name, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset aria-label={name} className="flex rounded-md border border-border bg-surface p-0.5">
      {options.map(([option, label]) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === value}
          className={classNames(
            'h-7 rounded px-2.5 text-xs pointer-coarse:h-9',
            option === value ? 'bg-muted font-semibold' : 'text-muted-foreground hover:text-foreground',
          )}
          onClick={() => onChange(option)}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}

function SessionName({ session_id, name }: UsageReport['sessions'][number]) {
  if (session_id === null) return <span className="text-muted-foreground">Deleted sessions</span>;
  return (
    <Link href={paths.session(session_id)} className="text-accent hover:underline">
      {name ?? session_id}
    </Link>
  );
}
