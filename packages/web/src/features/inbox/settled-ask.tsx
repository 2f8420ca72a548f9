import type { OpenAsk } from '@ai-sessions/protocol';
import { Check } from 'lucide-react';
import { toolSummary } from '../../components/tools/tool-summary.ts';
import { Link, paths } from '../../lib/router.tsx';
import { answeredText } from './api/answer-ask.ts';

/** What is left of an ask that is open no longer: what it was, and what has become of it. */
export function SettledAsk({ ask }: { readonly ask: OpenAsk }) {
  const what = ask.kind === 'question' ? ask.questions.map((each) => each.question).join(' ') : summaryOf(ask.tool_name, ask.tool_input);
  return (
    <div className="flex items-center gap-2 rounded-lg border border-border bg-muted px-3 py-2 text-xs text-muted-foreground">
      <Check className="size-3.5 shrink-0" aria-hidden />
      <span className="shrink-0 font-medium text-foreground">{answeredText(ask.id) ?? 'Answered elsewhere.'}</span>
      <span className="min-w-0 flex-1 truncate">{what}</span>
      <Link href={paths.session(ask.session_id)} className="max-w-40 shrink-0 truncate text-accent underline underline-offset-2">
        {ask.session_name}
      </Link>
    </div>
  );
}

function summaryOf(name: string, input: unknown): string {
  const { title, detail } = toolSummary(name, input);
  return detail === '' ? title : `${title} ${detail}`;
}
