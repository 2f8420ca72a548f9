import type { Conversation } from '@ai-sessions/client';
import { rootThread, threadOf } from '@ai-sessions/client';
import type { Session } from '@ai-sessions/protocol';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { isEnded } from '../../components/session/session-mood.ts';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Spinner } from '../../components/ui/spinner.tsx';
import { announce } from '../../lib/announcer.ts';
import { api } from '../../lib/api.ts';
import { formatCount } from '../../lib/format.ts';
import { usePageTitle } from '../../lib/router.tsx';
import { followSession, noteActivity, useSession } from './api/session.ts';
import { Composer } from './composer/composer.tsx';
import { useInterruptKey } from './composer/use-interrupt.ts';
import { WaitingPrompts } from './composer/waiting-prompts.tsx';
import { ConversationProvider, useConversation } from './conversation-context.tsx';
import { ConversationStore } from './conversation-store.ts';
import { EndedBanner } from './ended-banner.tsx';
import { ConversationHeader } from './header/conversation-header.tsx';
import { ReconnectBanner } from './header/connection-state.tsx';
import { useMarkdownReady } from './timeline/markdown-text.tsx';
import { RefusalNotice } from './refusal-notice.tsx';
import { Timeline } from './timeline/timeline.tsx';
import { WorkingLine } from './working-line.tsx';

interface ConversationViewProps {
  readonly sessionId: string;
  /** What can be done with the session as a whole. */
  readonly renderMenu: (session: Session) => ReactNode;
  /** How to go on from a session that has ended. */
  readonly endedActions: ReactNode;
}

/** One session, live. Give it a `key` of the session's id, so that another session is another view. */
export function ConversationView({ sessionId, renderMenu, endedActions }: ConversationViewProps) {
  const session = useSession(sessionId);
  const [store] = useState(() => new ConversationStore(api, sessionId, (item) => followSession(sessionId, item)));
  useEffect(() => store.connect(), [store]);
  if (session.isPending) return <Spinner label="Opening the session…" />;
  if (session.data === undefined) return <SessionProblem error={session.error} onRetry={() => void session.refetch()} />;
  return (
    <ConversationProvider store={store}>
      <OpenConversation session={session.data} menu={renderMenu(session.data)} endedActions={endedActions} />
    </ConversationProvider>
  );
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

interface OpenConversationProps {
  readonly session: Session;
  readonly menu: ReactNode;
  readonly endedActions: ReactNode;
}

function OpenConversation({ session, menu, endedActions }: OpenConversationProps) {
  const activity = useConversation((state) => state.activity);
  const hasEnded = useConversation((state) => state.end !== undefined) || isEnded(session);
  const connection = useConversation((state) => state.connection);
  usePageTitle(session.name, activity === 'waiting' ? '● ' : '');
  useInterruptKey(activity === 'working' || activity === 'waiting');
  useTurnAnnouncements();
  const status = useConversation((state) => state.status);
  useEffect(() => {
    // What a replay passes through is long past.
    if (connection.state === 'live' && status !== undefined) noteActivity(session.id, status, activity);
  }, [session.id, status, activity, connection]);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <ConversationHeader session={session} menu={menu} />
      <ReconnectBanner />
      {connection.state === 'ended' && connection.reason === 'refused' && <ErrorNotice error={connection.error} className="m-4" />}
      <HistoryOrTimeline session={session} hasEnded={hasEnded} />
      <div className="mx-auto w-full max-w-4xl px-4 pb-3 sm:px-6">
        {hasEnded ? (
          <EndedBanner session={session} actions={endedActions} />
        ) : (
          <>
            <WorkingLine />
            <RefusalNotice />
            <WaitingPrompts />
            <Composer />
          </>
        )}
      </div>
    </div>
  );
}

/** The timeline, once the history is complete: a long one would otherwise run by while it is fetched. */
function HistoryOrTimeline({ session, hasEnded }: { readonly session: Session; readonly hasEnded: boolean }) {
  const isMarkdownReady = useMarkdownReady();
  const isHistoryComplete = useConversation((state) => state.connection.state === 'live' || state.connection.state === 'ended');
  const isComplete = isHistoryComplete && isMarkdownReady;
  const [wasComplete, setWasComplete] = useState(isComplete);
  if (isComplete && !wasComplete) setWasComplete(true);
  const lastSeq = useConversation((state) => state.lastSeq);
  const isEmpty = useConversation((state) => threadOf(state, rootThread).size === 0 && !isAsking(state));
  if (!wasComplete) {
    const progress = session.last_seq > 500 ? ` ${formatCount(lastSeq)} of ${formatCount(Math.max(lastSeq, session.last_seq))} events` : '';
    return (
      <div className="min-h-0 flex-1">
        <Spinner label={`Fetching the conversation…${progress}`} />
      </div>
    );
  }
  if (isEmpty && !hasEnded) return <FirstWords />;
  return <Timeline />;
}

function isAsking(state: Conversation): boolean {
  return state.inFlight.length + state.openApprovals.length + state.openQuestions.length > 0;
}

function FirstWords() {
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center justify-center px-6 text-center">
      <p className="text-base font-semibold">Nothing said yet</p>
      <p className="mt-1 max-w-md text-muted-foreground">
        Claude has a sandbox with an empty workspace and the usual tools. Write below what it should do; it asks before it does what is not
        allowed.
      </p>
    </div>
  );
}

function useTurnAnnouncements(): void {
  const lastResult = useConversation((state) => state.lastResult);
  const isLive = useConversation((state) => state.connection.state === 'live');
  const announced = useRef(lastResult);
  useEffect(() => {
    if (lastResult === announced.current) return;
    announced.current = lastResult;
    if (isLive && lastResult !== undefined) announce(lastResult.is_error ? 'Claude stopped' : 'Claude has finished');
  }, [lastResult, isLive]);
}
