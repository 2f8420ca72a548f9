import type { EgressEntry, Session } from '@ai-sessions/protocol';
import { Ban, Bot, Check, CircleAlert } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { controlClass } from '../../components/ui/field.tsx';
import { ScrollBox } from '../../components/ui/scroll-box.tsx';
import { SkeletonRows } from '../../components/ui/skeleton.tsx';
import { formatBytes, formatMoney } from '../../lib/format.ts';
import { setSearchParam, useSearchParam } from '../../lib/router.tsx';
import { useEgress } from './api.ts';
import { type Filter, filterOf, filters, mentions } from './egress-filter.ts';

interface EgressPanelProps {
  readonly session: Session;
  readonly pulse: number;
}

/** The ledger of a session: every connection that was asked for, and every call of a model. */
export function EgressPanel({ session, pulse }: EgressPanelProps) {
  const filter = filterOf(useSearchParam('show'));
  const ledger = useEgress(session.id, filters[filter].query, pulse);
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim());
  const entries = ledger.data?.pages.flatMap((page) => page.entries) ?? [];
  const shown = entries.filter((entry) => wanted === '' || mentions(entry, wanted));
  const nothingAtAll = filter === 'all' && entries.length === 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-border bg-surface px-3 py-1.5">
        <fieldset aria-label="What is shown" className="flex flex-wrap gap-1">
          {(Object.keys(filters) as Filter[]).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === filter}
              className={classNames(
                'h-7 rounded-md px-2 text-xs pointer-coarse:h-9',
                name === filter ? 'bg-muted font-semibold' : 'text-muted-foreground hover:bg-muted/70 hover:text-foreground',
              )}
              onClick={() => setSearchParam('show', name === 'all' ? null : name, { replace: true })}
            >
              {filters[name].label}
            </button>
          ))}
        </fieldset>
        <input
          type="search"
          aria-label="Find a host, rule or model"
          placeholder="Host, rule or model"
          className={classNames(controlClass, 'h-7 min-w-36 flex-1 basis-36 pointer-coarse:h-10')}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </div>
      {ledger.isPending && (
        <div className="p-3">
          <SkeletonRows rows={5} label="Fetching the ledger…" />
        </div>
      )}
      {ledger.isError && <ErrorNotice className="m-3" error={ledger.error} onRetry={() => void ledger.refetch()} />}
      {ledger.data !== undefined && shown.length === 0 && (
        <div className="p-3">
          <EmptyState title={nothingAtAll ? 'Nothing has gone out' : 'Nothing of this kind'}>
            {nothingAtAll
              ? 'Each connection that this session asks for, allowed or denied, and each call of a model shows here.'
              : 'Choose another kind of rows, or look for something else.'}
          </EmptyState>
        </div>
      )}
      {shown.length > 0 && (
        <ScrollBox label="Ledger" className="min-h-0 flex-1 overflow-auto">
          <table className="w-full text-start text-xs">
            <caption className="sr-only">Connections and model calls of this session, newest first</caption>
            <thead className="sticky top-0 bg-muted text-muted-foreground">
              <tr>
                {['Time', 'What', 'Decision', 'Sent', 'Received', 'Took'].map((heading, column) => (
                  <th
                    key={heading}
                    scope="col"
                    className={classNames('px-3 py-1.5 font-medium whitespace-nowrap', column < 3 ? 'text-start' : 'text-end')}
                  >
                    {heading}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((entry) => (
                <EntryRow key={entry.number} entry={entry} />
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      {ledger.hasNextPage && (
        <div className="border-t border-border p-2 text-center">
          <Button size="small" busy={ledger.isFetchingNextPage} onClick={() => void ledger.fetchNextPage()}>
            Show earlier ones
          </Button>
        </div>
      )}
    </div>
  );
}

const numbers = 'px-3 py-1.5 text-end align-top whitespace-nowrap tabular-nums';

function EntryRow({ entry }: { readonly entry: EgressEntry }) {
  const denied = entry.kind === 'connection' && entry.verdict === 'denied';
  return (
    <tr className={classNames('border-b border-border', denied && 'bg-danger-soft')}>
      <td className="px-3 py-1.5 align-top whitespace-nowrap text-muted-foreground tabular-nums">
        <time dateTime={entry.at} title={entry.at}>
          {new Date(entry.at).toLocaleTimeString()}
        </time>
      </td>
      {entry.kind === 'connection' ? (
        <>
          <td className="min-w-32 px-3 py-1.5 align-top wrap-anywhere">
            <span className="font-medium">
              {entry.host === '*' ? 'many hosts' : `${entry.host}:${entry.port}`}
              {entry.count > 1 && <span className="font-normal"> × {entry.count}</span>}
            </span>
            <span className="block text-muted-foreground">
              {entry.via === 'mcp' ? 'for an MCP server' : 'from the sandbox'}
              {entry.address !== null && ` → ${entry.address}`}
            </span>
          </td>
          <td className="min-w-24 px-3 py-1.5 align-top wrap-anywhere">
            <Verdict entry={entry} />
            <span className="block text-muted-foreground">{entry.rule}</span>
          </td>
          <td className={numbers}>{entry.bytes_up === null ? '–' : formatBytes(entry.bytes_up)}</td>
          <td className={numbers}>{entry.bytes_down === null ? '–' : formatBytes(entry.bytes_down)}</td>
        </>
      ) : (
        <>
          <td className="min-w-32 px-3 py-1.5 align-top wrap-anywhere">
            <span className="flex items-center gap-1.5 font-medium">
              <Bot className="size-3.5 shrink-0 text-muted-foreground" aria-hidden />
              {entry.model}
            </span>
            <span className="block text-muted-foreground">
              model call
              {entry.cache_read_input_tokens > 0 && `, ${entry.cache_read_input_tokens.toLocaleString('en-US')} tokens from the cache`}
            </span>
          </td>
          <td className="px-3 py-1.5 align-top font-medium tabular-nums">{formatMoney(entry.cost_usd)}</td>
          <td className={numbers}>{tokens(entry.input_tokens)}</td>
          <td className={numbers}>{tokens(entry.output_tokens)}</td>
        </>
      )}
      <td className={numbers}>{entry.duration_ms === null ? '–' : `${(entry.duration_ms / 1000).toFixed(1)} s`}</td>
    </tr>
  );
}

function Verdict({ entry }: { readonly entry: Extract<EgressEntry, { kind: 'connection' }> }) {
  if (entry.verdict === 'denied')
    return (
      <span className="flex items-center gap-1 font-semibold text-danger">
        <Ban className="size-3.5" aria-hidden /> Denied
      </span>
    );
  if (entry.error !== null)
    return (
      <span className="flex items-center gap-1 font-medium text-warn">
        <CircleAlert className="size-3.5 shrink-0" aria-hidden /> Allowed, but {entry.error}
      </span>
    );
  return (
    <span className="flex items-center gap-1 text-ok">
      <Check className="size-3.5" aria-hidden /> Allowed
    </span>
  );
}

function tokens(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'token' : 'tokens'}`;
}
