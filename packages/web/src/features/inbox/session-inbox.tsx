import type { Session } from '@ai-sessions/protocol';
import { SessionBadge } from '../../components/session/session-badge.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { SkeletonRows } from '../../components/ui/skeleton.tsx';
import { formatAge } from '../../lib/format.ts';
import { Link, paths } from '../../lib/router.tsx';
import { useLiveSessions } from '../../lib/live-sessions.ts';
import { useNow } from '../../lib/use-now.ts';

/** The sessions that wait for an answer. */
export function SessionInbox() {
  const sessions = useLiveSessions();
  const now = useNow(30_000);
  if (sessions.isPending) return <SkeletonRows rows={3} label="Fetching what waits for you…" />;
  if (sessions.data === undefined) return <ErrorNotice error={sessions.error} onRetry={() => void sessions.refetch()} />;
  const waiting = sessions.data.filter((session) => session.activity === 'waiting');
  if (waiting.length === 0) {
    return (
      <EmptyState title="Nothing waits for you">
        <p>When Claude asks for an approval, or has a question, in any of your sessions, it stands here.</p>
      </EmptyState>
    );
  }
  return (
    <ul className="divide-y divide-border overflow-hidden rounded-xl border border-border bg-surface">
      {waiting.map((session) => (
        <InboxRow key={session.id} session={session} now={now} />
      ))}
    </ul>
  );
}

function InboxRow({ session, now }: { readonly session: Session; readonly now: number }) {
  return (
    <li>
      <Link href={paths.session(session.id)} className="flex items-center gap-3 px-4 py-3 -outline-offset-2 hover:bg-muted/60">
        <SessionBadge session={session} />
        <span className="min-w-0 flex-1 truncate font-medium">{session.name}</span>
        <span className="text-xs text-muted-foreground">{formatAge(session.created_at, now)}</span>
      </Link>
    </li>
  );
}
