import type { OpenAsk } from '@ai-sessions/protocol';
import { ApprovalCard } from '../../components/asks/approval-card.tsx';
import { QuestionCard } from '../../components/asks/question-card.tsx';
import { formatAge } from '../../lib/format.ts';
import { Link, paths } from '../../lib/router.tsx';
import { useAnswerAsk } from './api/answer-ask.ts';

/** One approval or question, answered without opening its session. */
export function InboxAsk({ ask, now }: { readonly ask: OpenAsk; readonly now: number }) {
  const { state, answer } = useAnswerAsk(ask);
  const about = (
    <p className="flex flex-wrap gap-x-2 text-xs text-muted-foreground">
      <Link href={paths.session(ask.session_id)} className="font-medium text-accent underline underline-offset-2">
        {ask.session_name}
      </Link>
      <span>asked {formatAge(ask.opened_at, now)}</span>
    </p>
  );
  if (ask.kind === 'question') {
    return <QuestionCard question={ask} state={state} about={about} onAnswer={(answers) => answer({ answers })} />;
  }
  const { expires_at, ...approval } = ask;
  return (
    <ApprovalCard
      approval={{ ...approval, ...(expires_at === null ? {} : { expires_at }) }}
      state={state}
      about={about}
      onAnswer={answer}
    />
  );
}
