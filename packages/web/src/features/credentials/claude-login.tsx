import { ExternalLink } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button, buttonClass } from '../../components/ui/button.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Field, Input } from '../../components/ui/field.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { announce } from '../../lib/announcer.ts';
import { useClaudeLoginUrl, useStartClaudeLogin, useSubmitClaudeCode } from './api/credential.ts';

/** Signs in with a Claude subscription: open Claude’s page, come back with its code. */
export function ClaudeLogin({ onStored }: { readonly onStored?: () => void }) {
  const start = useStartClaudeLogin();
  const sessionId = start.data?.oauth_session_id;
  const url = useClaudeLoginUrl(sessionId);
  const problem = start.error ?? url.error;
  if (sessionId === undefined || problem !== null || url.data?.status === 'failed') {
    return (
      <div className="space-y-3">
        <p className="text-muted-foreground">Use a Claude Pro or Max subscription in place of an API key.</p>
        {problem !== null && <ErrorNotice error={problem} />}
        {url.data?.status === 'failed' && <Notice look="danger">{url.data.error ?? url.data.message}</Notice>}
        <Button busy={start.isPending} onClick={() => start.mutate()}>
          {problem === null && url.data === undefined ? 'Sign in with Claude' : 'Start again'}
        </Button>
      </div>
    );
  }
  return (
    <CodeForm sessionId={sessionId} url={url.data?.url} onRestart={() => start.reset()} {...(onStored === undefined ? {} : { onStored })} />
  );
}

interface CodeFormProps {
  readonly sessionId: string;
  readonly url: string | undefined;
  readonly onRestart: () => void;
  readonly onStored?: () => void;
}

function CodeForm({ sessionId, url, onRestart, onStored }: CodeFormProps) {
  const [code, setCode] = useState('');
  const submit = useSubmitClaudeCode();
  const send = (event: FormEvent) => {
    event.preventDefault();
    const stored = () => {
      announce('Signed in with Claude');
      onStored?.();
    };
    submit.mutate({ session_id: sessionId, code: code.trim() }, { onSuccess: stored });
  };
  return (
    <form onSubmit={send} className="space-y-3">
      <ol className="list-decimal space-y-3 ps-5">
        <li>
          {url === undefined ? (
            <output className="text-muted-foreground">Getting the address of Claude’s sign-in page…</output>
          ) : (
            <a className={buttonClass()} href={url} target="_blank" rel="noopener noreferrer">
              Open Claude’s sign-in page <ExternalLink className="size-3.5" aria-hidden />
              <span className="sr-only">(opens in a new tab)</span>
            </a>
          )}
        </li>
        <li>Sign in there and allow access. You are shown a code.</li>
        <li>
          <Field label="Paste the code here, all of it, including the #">
            {(control) => (
              <Input
                {...control}
                autoComplete="off"
                spellCheck={false}
                value={code}
                onChange={(event) => setCode(event.target.value)}
                className="font-mono"
              />
            )}
          </Field>
        </li>
      </ol>
      {submit.error !== null && <ErrorNotice error={submit.error} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={submit.isPending} disabled={code.trim() === '' || url === undefined}>
          Finish
        </Button>
        <Button look="quiet" onClick={onRestart}>
          Start again
        </Button>
      </div>
    </form>
  );
}
