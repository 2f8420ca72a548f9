import type { Profile, Session } from '@ai-sessions/protocol';
import type { ReactNode } from 'react';
import { byUrgency } from '../../components/session/session-mood.ts';
import { Button } from '../../components/ui/button.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { SkeletonRows } from '../../components/ui/skeleton.tsx';
import { useLiveSessions } from '../../lib/live-sessions.ts';
import { useNow } from '../../lib/use-now.ts';
import { useEndedSessions } from './api/sessions.ts';
import { SessionRow } from './session-row.tsx';

interface SessionListProps {
  readonly profiles: readonly Profile[];
  readonly onCreate: () => void;
}

/** All of the user's sessions: those that need an answer first, then the other live ones, then those that have ended. */
export function SessionList({ profiles, onCreate }: SessionListProps) {
  const live = useLiveSessions();
  const ended = useEndedSessions();
  const now = useNow(30_000);
  if (live.isPending || ended.isPending) return <SkeletonRows rows={5} label="Fetching your sessions…" />;
  const problem = live.error ?? ended.error;
  const retry = () => void Promise.all([live.refetch(), ended.refetch()]);
  if (live.data === undefined || ended.data === undefined) return <ErrorNotice error={problem} onRetry={retry} />;

  const open = live.data.toSorted(byUrgency);
  const waiting = open.filter((session) => session.activity === 'waiting');
  const past = ended.data.pages.flatMap((page) => page.sessions);
  const group = (sessions: readonly Session[]) =>
    sessions.map((session) => (
      <SessionRow key={session.id} session={session} profile={profiles.find(({ id }) => id === session.profile_id)} now={now} />
    ));
  if (open.length === 0 && past.length === 0) return <NoSessions onCreate={onCreate} />;
  return (
    <div className="space-y-7">
      {problem !== null && <ErrorNotice error={problem} onRetry={retry} />}
      {waiting.length > 0 && <Group title="Waiting for your answer">{group(waiting)}</Group>}
      <Group title="Open">
        {open.length > waiting.length ? (
          group(open.filter((session) => session.activity !== 'waiting'))
        ) : (
          <Nothing>No other open sessions.</Nothing>
        )}
      </Group>
      {past.length > 0 && (
        <Group title="Ended">
          {group(past)}
          {ended.hasNextPage && (
            <li className="px-4 py-2.5">
              <Button look="quiet" size="small" busy={ended.isFetchingNextPage} onClick={() => void ended.fetchNextPage()}>
                Show older sessions
              </Button>
            </li>
          )}
        </Group>
      )}
    </div>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 text-xs font-semibold text-muted-foreground">{title}</h2>
      <ul className="divide-y divide-border overflow-hidden rounded-xl border border-border bg-surface">{children}</ul>
    </section>
  );
}

function Nothing({ children }: { readonly children: ReactNode }) {
  return <li className="px-4 py-3 text-muted-foreground">{children}</li>;
}

function NoSessions({ onCreate }: { readonly onCreate: () => void }) {
  return (
    <EmptyState
      title="No sessions yet"
      action={
        <Button look="primary" onClick={onCreate}>
          New session
        </Button>
      }
    >
      <p>A session is a conversation with Claude Code in its own sandbox, with its own files. Create one and give it something to do.</p>
    </EmptyState>
  );
}
