import type { OpenQuestion, Question } from '@ai-sessions/protocol';
import { MessageCircleQuestionMark } from 'lucide-react';
import { type FormEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { announce } from '../../lib/announcer.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Input } from '../ui/field.tsx';
import { AskCard } from './ask-card.tsx';
import type { AskState } from './ask-state.ts';
import { answersOf, type Choice, leftToClaude, noChoice, toggled, withText } from './question-answers.ts';

interface QuestionCardProps {
  readonly question: OpenQuestion;
  readonly state: AskState;
  readonly onAnswer: (answers: Record<string, string>) => void;
  /** Where it is asked, where that is not plain. */
  readonly about?: ReactNode;
}

/** What Claude wants to know, with the answers it offers and room for another. */
export function QuestionCard({ question, state, onAnswer, about }: QuestionCardProps) {
  const [choices, setChoices] = useState<readonly Choice[]>(() => question.questions.map(() => noChoice));
  const answers = answersOf(question.questions, choices);
  const isOpen = state.at === 'open';
  useEffect(() => announce(`Claude asks: ${question.questions.map((each) => each.question).join(' ')}`), [question]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (answers !== undefined) onAnswer(answers);
  };
  return (
    <AskCard icon={MessageCircleQuestionMark} title="Claude asks you" state={state}>
      {about}
      <form onSubmit={submit} className="space-y-4">
        {question.questions.map((each, index) => (
          <OneQuestion
            key={each.question}
            question={each}
            choice={choices[index] ?? noChoice}
            disabled={!isOpen}
            onChoice={(choice) => setChoices((before) => before.with(index, choice))}
          />
        ))}
        {isOpen && (
          <div className="flex flex-wrap gap-2">
            <Button type="submit" look="primary" disabled={answers === undefined}>
              Answer
            </Button>
            <Button look="quiet" onClick={() => onAnswer(leftToClaude(question.questions))}>
              Leave it to Claude
            </Button>
          </div>
        )}
      </form>
    </AskCard>
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
