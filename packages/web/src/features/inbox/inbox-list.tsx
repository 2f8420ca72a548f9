import type { OpenAsk } from '@ai-sessions/protocol';
import { useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { SkeletonRows } from '../../components/ui/skeleton.tsx';
import { useOpenAsks } from '../../lib/open-asks.ts';
import { useNow } from '../../lib/use-now.ts';
import { InboxAsk } from './inbox-ask.tsx';
import { type InboxEntries, withAsks } from './inbox-entries.ts';
import { SettledAsk } from './settled-ask.tsx';

/** What waits for the user over all sessions, oldest first, each answered in place. What is answered stays as a line until it is cleared. */
export function InboxList() {
  const open = useOpenAsks();
  const now = useNow(30_000);
  const entries = useEntries(open.data?.asks);
  const [cleared, setCleared] = useState<ReadonlySet<string>>(new Set());
  if (open.isPending) return <SkeletonRows rows={3} label="Fetching what waits for you…" />;
  const shown = entries.filter((entry) => !entry.isGone || !cleared.has(entry.ask.id));
  const settled = shown.filter((entry) => entry.isGone);
  return (
    <div className="space-y-4">
      {open.error !== null && <ErrorNotice error={open.error} onRetry={() => void open.refetch()} />}
      {open.data?.more === true && <Notice>There are more; they follow when these are answered.</Notice>}
      {shown.length === settled.length && open.data !== undefined && (
        <EmptyState title="Nothing waits for you">
          <p>When Claude asks for an approval, or has a question, in any of your sessions, it stands here.</p>
        </EmptyState>
      )}
      <ul className="space-y-4">
        {shown.map((entry) => (
          <li key={entry.ask.id}>{entry.isGone ? <SettledAsk ask={entry.ask} /> : <InboxAsk ask={entry.ask} now={now} />}</li>
        ))}
      </ul>
      {settled.length > 0 && (
        <Button look="quiet" size="small" onClick={() => setCleared(new Set(settled.map((entry) => entry.ask.id)))}>
          Clear what is answered
        </Button>
      )}
    </div>
  );
}

/** The entries seen since the page was opened. */
function useEntries(asks: readonly OpenAsk[] | undefined): InboxEntries {
  const [seen, setSeen] = useState<InboxEntries>([]);
  const [last, setLast] = useState<readonly OpenAsk[] | undefined>();
  if (asks === undefined || asks === last) return seen;
  const next = withAsks(seen, asks);
  setLast(asks);
  setSeen(next);
  return next;
}
