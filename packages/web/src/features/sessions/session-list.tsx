import type { Profile, Session } from '@ai-sessions/protocol';
import { type KeyboardEvent, type ReactNode, useCallback } from 'react';
import { byUrgency } from '../../components/session/session-mood.ts';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { SkeletonRows } from '../../components/ui/skeleton.tsx';
import { useLiveSessions } from '../../lib/live-sessions.ts';
import { useOpenAsks } from '../../lib/open-asks.ts';
import { useSearchParam } from '../../lib/router.tsx';
import { useNow } from '../../lib/use-now.ts';
import { useEndedSessions, useEndingsNoticed } from './api/sessions.ts';
import { EndedSessions } from './ended-sessions.tsx';
import { FirstSession } from './first-session.tsx';
import { endedStatus, openShown, parseShow } from './session-filter.ts';
import { SessionRow } from './session-row.tsx';
import { SessionToolbar } from './session-toolbar.tsx';

interface SessionListProps {
  readonly profiles: readonly Profile[];
  readonly onCreate: () => void;
}

/** All of the user's sessions: those that need an answer first, then the other open ones, then those that have ended. */
export function SessionList({ profiles, onCreate }: SessionListProps) {
  const search = useSearchParam('q') ?? '';
  const show = parseShow(useSearchParam('show'));
  const status = endedStatus(show);
  const live = useLiveSessions();
  const ended = useEndedSessions(status, search);
  useEndingsNoticed(live.data);
  const asks = useOpenAsks().data?.asks;
  const now = useNow(30_000);
  const row = useCallback(
    (session: Session) => (
      <SessionRow
        session={session}
        profile={profiles.find(({ id }) => id === session.profile_id)}
        ask={asks?.find(({ session_id }) => session_id === session.id)}
        now={now}
      />
    ),
    [profiles, asks, now],
  );
  const problem = live.error ?? ended.error;
  const retry = () => void Promise.all([live.refetch(), ended.refetch()]);
  if (live.data === undefined) {
    return live.error === null ? (
      <SkeletonRows rows={5} label="Fetching your sessions…" />
    ) : (
      <ErrorNotice error={problem} onRetry={retry} />
    );
  }
  const open = openShown(live.data, show, search).toSorted(byUrgency);
  const waiting = open.filter((session) => session.activity === 'waiting');
  const others = open.filter((session) => session.activity !== 'waiting');
  const past = status === undefined ? [] : (ended.data?.pages.flatMap((page) => page.sessions) ?? []);
  const isNarrowed = search !== '' || show !== 'all';
  const isFetchingPast = status !== undefined && ended.isPending;
  const isEmpty = open.length + past.length === 0 && !isFetchingPast && problem === null;
  if (isEmpty && !isNarrowed) return <FirstSession onCreate={onCreate} />;
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- the arrows only go from link to link, which Tab does too
    <div onKeyDown={goWithArrows}>
      <SessionToolbar search={search} show={show} />
      <div className="space-y-7">
        {problem !== null && <ErrorNotice error={problem} onRetry={retry} />}
        {isEmpty && <NothingFound search={search} />}
        {waiting.length > 0 && <Group title="Waiting for your answer">{waiting.map((session) => listItem(session, row))}</Group>}
        {others.length > 0 && <Group title="Open">{others.map((session) => listItem(session, row))}</Group>}
        {isFetchingPast && <SkeletonRows rows={3} label="Fetching the sessions that have ended…" />}
        {past.length > 0 && (
          <EndedSessions
            sessions={past}
            renderRow={row}
            hasMore={ended.hasNextPage}
            isFetching={ended.isFetchingNextPage}
            onMore={() => void ended.fetchNextPage()}
          />
        )}
      </div>
    </div>
  );
}

function listItem(session: Session, row: (session: Session) => ReactNode) {
  return <li key={session.id}>{row(session)}</li>;
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 text-xs font-semibold text-muted-foreground">{title}</h2>
      <ul className="divide-y divide-border overflow-hidden rounded-xl border border-border bg-surface">{children}</ul>
    </section>
  );
}

function NothingFound({ search }: { readonly search: string }) {
  return (
    <EmptyState title="No session fits">
      <p>
        {search === ''
          ? 'There is none in this state. Choose “All” to see the others.'
          : `Nothing is named like “${search}”, nor has it as its id. Shorten what you look for, or choose “All”.`}
      </p>
    </EmptyState>
  );
}

/** Up and down go from session to session. */
function goWithArrows(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('a[data-row]')];
  const here = links.findIndex((link) => link === document.activeElement);
  if (here === -1) return;
  event.preventDefault();
  const next = links[here + (event.key === 'ArrowDown' ? 1 : -1)];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
