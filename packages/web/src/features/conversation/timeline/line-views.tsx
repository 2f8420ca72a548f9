import type { NoteEntry, QuestionEntry, SystemEntry } from '@ai-sessions/client';
import { Info, MessageCircleQuestionMark } from 'lucide-react';
import { Disclosure } from '../../../components/ui/disclosure.tsx';
import { formatTime } from '../../../lib/format.ts';
import { Line } from './line.tsx';

export function SystemView({ entry }: { readonly entry: SystemEntry }) {
  return (
    <Line icon={Info} title={formatTime(entry.at)}>
      {entry.message}
    </Line>
  );
}

/** What Claude Code has added in the user's name. */
export function NoteView({ entry }: { readonly entry: NoteEntry }) {
  const text = entry.content.map((block) => (typeof block.text === 'string' ? block.text : `(${block.type})`)).join('\n');
  if (text.length < 160 && !text.includes('\n')) return <Line icon={Info}>{text}</Line>;
  return (
    <div className="text-xs text-muted-foreground">
      <Disclosure summary={`Added by Claude Code: ${text.slice(0, 60)}…`}>
        <p className="wrap-anywhere whitespace-pre-wrap">{text}</p>
      </Disclosure>
    </div>
  );
}

/** A question that was settled, with its answers. */
export function QuestionView({ entry }: { readonly entry: QuestionEntry }) {
  const { resolution } = entry;
  if (resolution === undefined) return null;
  const answers = Object.entries(resolution.answers ?? {});
  return (
    <Line icon={MessageCircleQuestionMark}>
      {answers.length === 0 && <>{entry.questions.map((each) => each.question).join(' ')} — not answered</>}
      <dl className="space-y-0.5">
        {answers.map(([question, answer]) => (
          <div key={question}>
            <dt className="inline">{question} </dt>
            <dd className="inline font-medium text-foreground">{answer}</dd>
          </div>
        ))}
      </dl>
    </Line>
  );
}
