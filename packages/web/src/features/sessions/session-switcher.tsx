import type { Session } from '@ai-sessions/protocol';
import { SessionDot } from '../../components/session/session-badge.tsx';
import { byUrgency, sessionMood } from '../../components/session/session-mood.ts';
import { classNames } from '../../components/ui/class-names.ts';
import { useLiveSessions } from '../../lib/live-sessions.ts';
import { matchPath } from '../../lib/match-path.ts';
import { Link, paths, usePathname } from '../../lib/router.tsx';

const colors = { attention: 'text-warn', busy: 'text-accent', ready: 'text-ok', quiet: 'text-muted-foreground', failed: 'text-danger' };

/** The open sessions in the sidebar, to go from one to the other. */
export function SessionSwitcher({ onGo }: { readonly onGo?: () => void }) {
  const { data: sessions = [] } = useLiveSessions();
  const pathname = usePathname();
  if (sessions.length === 0) return null;
  return (
    <section aria-label="Open sessions" className="min-h-0">
      <h2 className="px-2 pb-1 text-xs font-semibold text-muted-foreground">Open sessions</h2>
      <ul>
        {sessions.toSorted(byUrgency).map((session) => (
          <li key={session.id}>
            <SwitcherLink
              session={session}
              isHere={matchPath('/sessions/:id/:panel?', pathname)?.id === session.id}
              {...(onGo === undefined ? {} : { onGo })}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function SwitcherLink({ session, isHere, onGo }: { readonly session: Session; readonly isHere: boolean; readonly onGo?: () => void }) {
  const mood = sessionMood(session);
  return (
    <Link
      href={paths.session(session.id)}
      onClick={onGo}
      aria-current={isHere ? 'page' : undefined}
      className={classNames(
        'flex h-8 items-center gap-2 rounded-md px-2 pointer-coarse:h-11',
        isHere ? 'bg-muted font-medium' : 'hover:bg-muted/70',
      )}
    >
      <span className={classNames('flex', colors[mood.look])}>
        <SessionDot session={session} />
      </span>
      <span className="min-w-0 flex-1 truncate">{session.name}</span>
      {mood.look === 'attention' ? (
        <span className="text-xs text-warn">{mood.label}</span>
      ) : (
        <span className="sr-only">, {mood.label}</span>
      )}
    </Link>
  );
}
