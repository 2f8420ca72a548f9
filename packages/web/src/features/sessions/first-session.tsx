import { ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { suggestedPrompts } from '../../components/session/suggested-prompts.ts';
import { Button } from '../../components/ui/button.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { newKey } from '../../lib/new-key.ts';
import { navigate, paths } from '../../lib/router.tsx';
import { useCreateSession } from './api/sessions.ts';

/** For who has no session yet: one click from here to Claude at work. */
export function FirstSession({ onCreate }: { readonly onCreate: () => void }) {
  const create = useCreateSession();
  const [key] = useState(newKey);
  const start = (name: string, prompt: string) =>
    create.mutate(
      { name, initial_prompt: prompt, idempotency_key: key },
      { onSuccess: ({ session }) => navigate(paths.session(session.id)) },
    );
  return (
    <section aria-labelledby="first-session" className="max-w-3xl py-4">
      <h2 id="first-session" className="text-base font-semibold">
        What should Claude do first?
      </h2>
      <p className="mt-1 text-muted-foreground">
        A session is a conversation with Claude Code in its own sandbox, with its own files. Claude asks before it does what is not allowed.
      </p>
      {create.error !== null && <ErrorNotice error={create.error} className="mt-4" />}
      <ul className="mt-5 grid gap-3 sm:grid-cols-2">
        {suggestedPrompts.map(({ title, prompt }) => (
          <li key={title}>
            <button
              type="button"
              disabled={create.isPending}
              onClick={() => start(title, prompt)}
              className="group flex size-full flex-col rounded-xl border border-border bg-surface p-4 text-left transition-colors hover:border-accent disabled:opacity-60"
            >
              <span className="flex w-full items-center justify-between gap-2 font-medium">
                {title}
                <ArrowRight className="size-4 text-muted-foreground group-hover:text-accent" aria-hidden />
              </span>
              <span className="mt-1 line-clamp-3 text-muted-foreground">{prompt}</span>
            </button>
          </li>
        ))}
      </ul>
      <Button look="quiet" className="mt-4 -ms-3" onClick={onCreate}>
        Or set up a session yourself…
      </Button>
    </section>
  );
}
