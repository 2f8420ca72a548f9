import { type Conversation, rootThread, threadOf } from '@ai-sessions/client';
import type { Session } from '@ai-sessions/protocol';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { isEnded } from '../../components/session/session-mood.ts';
import { suggestedPrompts } from '../../components/session/suggested-prompts.ts';
import { Button } from '../../components/ui/button.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Spinner } from '../../components/ui/spinner.tsx';
import { announce } from '../../lib/announcer.ts';
import { ElsewhereNotice } from './asks/elsewhere-notice.tsx';
import { Composer } from './composer/composer.tsx';
import { useDraft } from './composer/draft.ts';
import { focusComposer } from './composer/focus-composer.ts';
import { useInterruptKey } from './composer/use-interrupt.ts';
import { WaitingPrompts } from './composer/waiting-prompts.tsx';
import { useConversation, useConversationStore } from './conversation-context.tsx';
import { EndedBanner } from './ended-banner.tsx';
import { SessionFacts } from './header/session-facts.tsx';
import { RefusalNotice } from './refusal-notice.tsx';
import { useMarkdownReady } from '../../components/markdown/markdown-text.tsx';
import { OpenTasks } from './tasks/open-tasks.tsx';
import { Timeline } from './timeline/timeline.tsx';

interface ConversationPanelProps {
  readonly session: Session;
  /** How to go on from a session that has ended. */
  readonly endedActions: ReactNode;
}

/** What was said and done, and the field for what is to be said next. Within a `LiveSession`. */
export function ConversationPanel({ session, endedActions }: ConversationPanelProps) {
  const activity = useConversation((state) => state.activity);
  const hasEnded = useConversation((state) => state.end !== undefined) || isEnded(session);
  const connection = useConversation((state) => state.connection);
  useInterruptKey(activity === 'working' || activity === 'waiting');
  useTurnAnnouncements();
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      {connection.state === 'ended' && connection.reason === 'refused' && <ErrorNotice error={connection.error} className="m-4" />}
      <HistoryOrTimeline session={session} hasEnded={hasEnded} />
      <div className="mx-auto w-full max-w-4xl px-4 pb-3 sm:px-6">
        {hasEnded ? (
          <EndedBanner session={session} actions={endedActions} />
        ) : (
          <>
            <ElsewhereNotice />
            <RefusalNotice />
            <OpenTasks />
            <WaitingPrompts />
            <Composer facts={<SessionFacts session={session} className="md:hidden" />} />
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
  const lastSeq = useConversation((state) => (wasComplete ? 0 : state.lastSeq));
  const isEmpty = useConversation((state) => isUntouched(state) && !isAsking(state));
  if (!wasComplete) {
    const all = Math.max(lastSeq, session.last_seq);
    const progress = all >= 100 ? ` ${lastSeq.toLocaleString('en-US')} of ${all.toLocaleString('en-US')} events` : '';
    return (
      <div className="min-h-0 flex-1">
        <Spinner label={`Fetching the conversation…${progress}`} />
      </div>
    );
  }
  if (isEmpty && !hasEnded) return <FirstWords />;
  return <Timeline />;
}

/** The system may have said something; nobody else has. */
function isUntouched(state: Conversation): boolean {
  for (const entry of threadOf(state, rootThread)) if (entry.kind !== 'system') return false;
  return true;
}

function isAsking(state: Conversation): boolean {
  return state.inFlight.length + state.openApprovals.length + state.openQuestions.length > 0;
}

function FirstWords() {
  const { sessionId } = useConversationStore();
  const [, setText] = useDraft(sessionId);
  const suggest = (prompt: string) => {
    setText(prompt);
    focusComposer();
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center justify-center px-6 text-center">
      <p className="text-base font-semibold">Nothing said yet</p>
      <p className="mt-1 max-w-md text-muted-foreground">
        Claude has a sandbox with an empty workspace and the usual tools. Write below what it should do; it asks before it does what is not
        allowed. Or begin with one of these:
      </p>
      <ul className="mt-4 flex max-w-lg flex-wrap justify-center gap-2">
        {suggestedPrompts.map(({ title, prompt }) => (
          <li key={title}>
            <Button title={prompt} onClick={() => suggest(prompt)}>
              {title}
            </Button>
          </li>
        ))}
      </ul>
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
