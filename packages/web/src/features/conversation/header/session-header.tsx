import type { Session } from '@ai-sessions/protocol';
import type { ReactNode } from 'react';
import { SessionBadge } from '../../../components/session/session-badge.tsx';
import { useConversation } from '../conversation-context.tsx';
import { ConnectionState, ReconnectBanner } from './connection-state.tsx';
import { SessionFacts } from './session-facts.tsx';

interface SessionHeaderProps {
  readonly session: Session;
  /** What can be done with the session as a whole. */
  readonly menu: ReactNode;
  /** The ways to the parts of the session. */
  readonly tabs: ReactNode;
}

/** Stands above all parts of a session: what it is, how it is, and whether what is shown is the newest. */
export function SessionHeader({ session, menu, tabs }: SessionHeaderProps) {
  const status = useConversation((state) => state.status);
  const activity = useConversation((state) => state.activity);
  return (
    <>
      <header className="border-b border-border bg-surface px-4 pt-1.5 sm:px-6">
        <div className="flex h-8 items-center gap-2.5 pointer-coarse:h-10">
          <h1 tabIndex={-1} title={session.name} className="min-w-0 truncate font-semibold">
            {session.name}
          </h1>
          <SessionBadge session={status === undefined ? session : { status, activity }} />
          <div className="ms-auto flex shrink-0 items-center gap-1.5">
            <ConnectionState lastKnownSeq={session.last_seq} />
            {menu}
          </div>
        </div>
        <div className="-mx-2.5 flex items-center gap-4">
          {tabs}
          <SessionFacts session={session} className="ms-auto shrink-0 pe-2.5 max-md:hidden" />
        </div>
      </header>
      <ReconnectBanner />
    </>
  );
}
