import type { OpenQuestion, Question, SocketError } from '@ai-sessions/protocol';
import { MessageCircleQuestionMark } from 'lucide-react';
import { type FormEvent, useEffect, useId, useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { classNames } from '../../../components/ui/class-names.ts';
import { Input } from '../../../components/ui/field.tsx';
import { announce } from '../../../lib/announcer.ts';
import { focusComposer } from '../composer/focus-composer.ts';
import { useConversation, useConversationStore } from '../conversation-context.tsx';
import { answersOf, type Choice, noChoice, toggled, withText } from './question-answers.ts';

/** What Claude wants to know, with the answers it offers and room for another. */
export function QuestionCard({ question }: { readonly question: OpenQuestion }) {
  const store = useConversationStore();
  const [choices, setChoices] = useState<readonly Choice[]>(() => question.questions.map(() => noChoice));
  const lastError = useConversation((state) => state.lastError);
  /** The newest refusal when the answer was sent: another one since then may be of this answer. */
  const [sentAfter, setSentAfter] = useState<{ readonly error: SocketError | undefined } | undefined>();
  const sent = sentAfter !== undefined && sentAfter.error === lastError;
  const answers = answersOf(question.questions, choices);
  useEffect(() => announce(`Claude asks: ${question.questions.map((each) => each.question).join(' ')}`), [question]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (answers === undefined) return;
    store.stream?.respondQuestion(question.question_id, answers);
    setSentAfter({ error: lastError });
    focusComposer();
  };
  return (
    <form onSubmit={submit} data-ask tabIndex={-1} className="rounded-lg border border-warn/50 bg-surface">
      <p className="flex items-center gap-2 rounded-t-lg border-b border-warn/30 bg-warn-soft px-3 py-2 font-medium">
        <MessageCircleQuestionMark className="size-4 shrink-0 text-warn" aria-hidden />
        Claude asks you
      </p>
      <div className="space-y-4 p-3">
        {question.questions.map((each, index) => (
          <OneQuestion
            key={each.question}
            question={each}
            choice={choices[index] ?? noChoice}
            disabled={sent}
            onChoice={(choice) => setChoices((before) => before.with(index, choice))}
          />
        ))}
        {sent ? (
          <output className="block text-muted-foreground">Answer sent…</output>
        ) : (
          <Button type="submit" look="primary" disabled={answers === undefined}>
            Answer
          </Button>
        )}
      </div>
    </form>
  );
}

interface OneQuestionProps {
  readonly question: Question;
  readonly choice: Choice;
  readonly disabled: boolean;
  readonly onChoice: (choice: Choice) => void;
}

function OneQuestion({ question, choice, disabled, onChoice }: OneQuestionProps) {
  const name = useId();
  const multiple = question.multi_select;
  return (
    <fieldset disabled={disabled} className="min-w-0 space-y-1.5">
      <legend className="mb-1.5 font-medium">
        {question.question}
        {multiple && <span className="font-normal text-muted-foreground"> Choose any number.</span>}
      </legend>
      {question.options.map((option) => (
        <label
          key={option.label}
          className={classNames(
            'flex cursor-pointer items-start gap-2.5 rounded-md border px-3 py-2 hover:bg-muted/60',
            choice.labels.includes(option.label) ? 'border-accent bg-accent-soft' : 'border-border',
          )}
        >
          <input
            type={multiple ? 'checkbox' : 'radio'}
            name={name}
            className="mt-0.5 size-4 shrink-0 accent-(--accent)"
            checked={choice.labels.includes(option.label)}
            onChange={() => onChoice(toggled(choice, option.label, multiple))}
          />
          <span className="min-w-0">
            <span className="block font-medium">{option.label}</span>
            {option.description !== '' && <span className="block text-xs text-muted-foreground">{option.description}</span>}
          </span>
        </label>
      ))}
      <Input
        aria-label={`Another answer to: ${question.question}`}
        placeholder="Another answer"
        maxLength={20_000}
        value={choice.text}
        onChange={(event) => onChoice(withText(choice, event.target.value, multiple))}
      />
    </fieldset>
  );
}
