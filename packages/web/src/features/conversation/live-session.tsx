import type { Session } from '@ai-sessions/protocol';
import { type ReactNode, useEffect, useState } from 'react';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Spinner } from '../../components/ui/spinner.tsx';
import { api } from '../../lib/api.ts';
import { usePageTitle } from '../../lib/page-title.ts';
import { followSession, noteActivity, useSession } from './api/session.ts';
import { ConversationProvider, useConversation } from './conversation-context.tsx';
import { ConversationStore } from './conversation-store.ts';

interface LiveSessionProps {
  readonly sessionId: string;
  readonly children: (session: Session) => ReactNode;
}

/** One session, connected for as long as this is on the screen. Give it a `key` of the session's id, so that another session is another one. */
export function LiveSession({ sessionId, children }: LiveSessionProps) {
  const session = useSession(sessionId);
  const [store] = useState(() => new ConversationStore(api, sessionId, (item) => followSession(sessionId, item)));
  useEffect(() => store.connect(), [store]);
  if (session.isPending) {
    return (
      <>
        <h1 tabIndex={-1} className="sr-only">
          Session
        </h1>
        <Spinner label="Opening the session…" />
      </>
    );
  }
  if (session.data === undefined) return <SessionProblem error={session.error} onRetry={() => void session.refetch()} />;
  return (
    <ConversationProvider store={store}>
      <Following session={session.data} />
      {children(session.data)}
    </ConversationProvider>
  );
}

/** Tells the rest of the page what the stream tells of this session. */
function Following({ session }: { readonly session: Session }) {
  const status = useConversation((state) => state.status);
  const activity = useConversation((state) => state.activity);
  const isLive = useConversation((state) => state.connection.state === 'live');
  usePageTitle(session.name);
  useEffect(() => {
    // What a replay passes through is long past.
    if (isLive && status !== undefined) noteActivity(session.id, status, activity);
  }, [session.id, status, activity, isLive]);
  return null;
}

function SessionProblem({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  usePageTitle('Session');
  return (
    <div className="mx-auto w-full max-w-xl p-6">
      <h1 tabIndex={-1} className="mb-3 text-lg font-semibold">
        This session cannot be opened
      </h1>
      <ErrorNotice error={error} onRetry={onRetry} />
    </div>
  );
}
