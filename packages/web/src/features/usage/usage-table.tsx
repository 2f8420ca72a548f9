import type { UsageSum } from '@ai-sessions/protocol';
import type { ReactNode } from 'react';
import { ScrollBox } from '../../components/ui/scroll-box.tsx';
import { formatMoney } from '../../lib/format.ts';

interface UsageTableProps {
  readonly caption: string;
  readonly heading: string;
  readonly rows: readonly (UsageSum & { readonly key: string; readonly name: ReactNode })[];
}

const columns = [
  { label: 'Cost', of: (sum: UsageSum) => formatMoney(sum.total_cost_usd) },
  { label: 'Model calls', of: (sum: UsageSum) => counted(sum.model_calls) },
  { label: 'Tokens in', of: (sum: UsageSum) => counted(sum.input_tokens) },
  { label: 'Tokens out', of: (sum: UsageSum) => counted(sum.output_tokens) },
  { label: 'Read from cache', of: (sum: UsageSum) => counted(sum.cache_read_input_tokens) },
  { label: 'Written to cache', of: (sum: UsageSum) => counted(sum.cache_creation_input_tokens) },
] as const;

/** Sums of use as a table, a row for each day, model or session. */
export function UsageTable({ caption, heading, rows }: UsageTableProps) {
  return (
    <ScrollBox label={caption} className="overflow-x-auto rounded-lg border border-border bg-surface">
      <table className="w-full text-start">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-border text-xs text-muted-foreground">
            <th scope="col" className="px-3 py-2 text-start font-medium">
              {heading}
            </th>
            {columns.map(({ label }) => (
              <th key={label} scope="col" className="px-3 py-2 text-end font-medium whitespace-nowrap">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} className="border-b border-border last:border-0">
              <th scope="row" className="max-w-64 min-w-32 truncate px-3 py-1.5 text-start font-normal">
                {row.name}
              </th>
              {columns.map(({ label, of }) => (
                <td key={label} className="px-3 py-1.5 text-end whitespace-nowrap tabular-nums">
                  {of(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function counted(count: number): string {
  return count.toLocaleString('en-US');
}
