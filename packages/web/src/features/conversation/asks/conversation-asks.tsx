import type { OpenApproval, OpenQuestion, SocketError } from '@ai-sessions/protocol';
import { useState } from 'react';
import { ApprovalCard } from '../../../components/asks/approval-card.tsx';
import type { AskState } from '../../../components/asks/ask-state.ts';
import { QuestionCard } from '../../../components/asks/question-card.tsx';
import { focusComposer } from '../composer/focus-composer.ts';
import { useConversation, useConversationStore } from '../conversation-context.tsx';

/** An open approval of this conversation, answered over its stream. */
export function ConversationApproval({ approval }: { readonly approval: OpenApproval }) {
  const store = useConversationStore();
  const { state, sent } = useAnswerState(approval.tool_use_id);
  return (
    <ApprovalCard
      approval={approval}
      state={state}
      onAnswer={(answer) => {
        store.stream?.respondApproval({ tool_use_id: approval.tool_use_id, ...answer });
        sent();
      }}
    />
  );
}

/** An open question of this conversation, answered over its stream. */
export function ConversationQuestion({ question }: { readonly question: OpenQuestion }) {
  const store = useConversationStore();
  const { state, sent } = useAnswerState(question.question_id);
  return (
    <QuestionCard
      question={question}
      state={state}
      onAnswer={(answers) => {
        store.stream?.respondQuestion(question.question_id, answers);
        sent();
      }}
    />
  );
}

/** How far the answer given here has come. It ends with the card: what is settled is no longer open. */
function useAnswerState(id: string): { readonly state: AskState; readonly sent: () => void } {
  const store = useConversationStore();
  const isLive = useConversation((state) => state.connection.state === 'live');
  const lastError = useConversation((state) => state.lastError);
  /** The newest refusal when the answer was given: another one since then may be of this answer. */
  const [sentAfter, setSentAfter] = useState<{ readonly error: SocketError | undefined } | undefined>();
  const sent = () => {
    store.answeredHere.add(id);
    setSentAfter({ error: lastError });
    focusComposer();
  };
  if (sentAfter === undefined) return { state: { at: 'open' }, sent };
  const isRefused = lastError !== undefined && lastError !== sentAfter.error && isAbout(lastError, id);
  if (isRefused) return { state: { at: 'open', refusal: lastError.message }, sent };
  const note = isLive ? 'Answer sent…' : 'Your answer is sent as soon as the connection is back.';
  return { state: { at: 'sent', note }, sent };
}

/** A refusal that names nothing may be about anything. */
function isAbout(error: SocketError, id: string): boolean {
  const named = error.tool_use_id ?? error.question_id ?? error.prompt_id;
  return named === undefined || named === id;
}
