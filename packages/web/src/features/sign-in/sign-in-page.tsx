import { type ReactNode, useState } from 'react';
import { Button, buttonClass } from '../../components/ui/button.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { startAuth, useAuth } from '../../lib/auth.ts';
import { usePageTitle } from '../../lib/page-title.ts';

const explanations = {
  no_session: undefined,
  link_refused: 'That sign-in link has been used already, or is too old. Each link works once: take a new one.',
  expired: 'Your sign-in has ended. Open a new sign-in link to go on; your sessions go on running meanwhile.',
  by_user: 'You are signed out.',
} as const;

/** What those see who are not signed in. `mode` is how this server signs its users in; undefined when that is not known. */
export function SignInPage({ mode }: { readonly mode: 'local' | 'oidc' | undefined }) {
  const state = useAuth();
  usePageTitle('Sign in');
  const why = state.status === 'signed_out' ? explanations[state.why] : undefined;
  return (
    <main id="main" className="mx-auto flex min-h-full max-w-md flex-col justify-center px-5 py-12">
      <img src="/favicon.svg" alt="" className="mb-4 size-10" />
      <h1 className="text-xl font-semibold">Sign in to AI Sessions</h1>
      {why !== undefined && (
        <Notice className="mt-4" role="alert" {...(state.status === 'signed_out' && state.why !== 'by_user' ? { look: 'warn' } : {})}>
          {why}
        </Notice>
      )}
      {mode === 'oidc' ? <SingleSignOn /> : <LocalLink />}
    </main>
  );
}

function LocalLink() {
  return (
    <div className="mt-4 space-y-3 text-muted-foreground">
      <p>This server signs you in with a one-time link. It is printed in the terminal where the server was started:</p>
      <pre className="rounded-lg border border-border bg-surface px-3.5 py-3 font-mono text-xs wrap-anywhere whitespace-pre-wrap text-foreground">
        {`$ npm start\n…\nSign in once with this link:\n${location.origin}/sign-in#code=…`}
      </pre>
      <ol className="list-decimal space-y-1 ps-5">
        <li>Go to that terminal and open the link in this browser.</li>
        <li>Was the link used already? Start the server again for a new one; sessions go on.</li>
        <li>Not your server? Ask whoever runs it for a link.</li>
      </ol>
    </div>
  );
}

function SingleSignOn() {
  const returnTo = location.pathname === '/sign-in' ? '/' : location.pathname;
  return (
    <div className="mt-4 space-y-4">
      <p className="text-muted-foreground">This server knows its users by your organisation’s sign-in.</p>
      <a className={buttonClass('primary')} href={`/auth/oidc/start?${new URLSearchParams({ return_to: returnTo }).toString()}`}>
        Sign in
      </a>
    </div>
  );
}

/** Shown while the server cannot be asked who is signed in. */
export function UnreachablePage({ message }: { readonly message: string }) {
  usePageTitle('No connection');
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    await startAuth();
    setBusy(false);
  };
  return (
    <Centered>
      <h1 className="text-xl font-semibold">No answer from the server</h1>
      <p className="mt-2 text-muted-foreground">{message}</p>
      <div className="mt-5">
        <Button look="primary" busy={busy} onClick={() => void retry()}>
          Try again
        </Button>
      </div>
    </Centered>
  );
}

function Centered({ children }: { readonly children: ReactNode }) {
  return (
    <main id="main" className="mx-auto flex min-h-full max-w-md flex-col justify-center px-5 py-12">
      {children}
    </main>
  );
}
