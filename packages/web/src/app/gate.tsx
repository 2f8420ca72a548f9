import { ApiCallError } from '@ai-sessions/client';
import { type ReactNode, useEffect } from 'react';
import { Button } from '../components/ui/button.tsx';
import { ErrorNotice } from '../components/ui/error-notice.tsx';
import { Spinner } from '../components/ui/spinner.tsx';
import { AddCredentialPage } from '../features/credentials/add-credential-page.tsx';
import { useCredential } from '../features/credentials/api/credential.ts';
import { useProfiles } from '../features/profiles/api/profiles.ts';
import { RegisterPage } from '../features/registration/register-page.tsx';
import { useAuthConfig } from '../features/sign-in/get-auth-config.ts';
import { SignInPage, UnreachablePage } from '../features/sign-in/sign-in-page.tsx';
import { signOut, useAuth } from '../lib/auth.ts';
import { queryClient } from '../lib/query-client.ts';
import { SetUpDemo } from './set-up-demo.tsx';

/** Lets through who is signed in, registered and has a credential; the others get the page with their next step. */
export function Gate({ children }: { readonly children: ReactNode }) {
  const auth = useAuth();
  const config = useAuthConfig();
  useEffect(() => {
    // What one user has fetched is not for the next.
    if (auth.status === 'signed_out') queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'config' });
  }, [auth.status]);
  switch (auth.status) {
    case 'starting':
      return <Spinner label="Signing in…" />;
    case 'unreachable':
      return <UnreachablePage message={auth.message} />;
    case 'signed_out':
      return config.isPending ? <Spinner label="Asking the server…" /> : <SignInPage mode={config.data?.mode} />;
    case 'signed_in':
      return config.isPending ? (
        <Spinner label="Asking the server…" />
      ) : (
        <SetupGate email={auth.email} claudeLogin={config.data?.claudeLogin ?? false} demo={config.data?.demo ?? false}>
          {children}
        </SetupGate>
      );
    default: {
      const unreachable: never = auth;
      return unreachable;
    }
  }
}

interface SetupGateProps {
  readonly email: string;
  readonly claudeLogin: boolean;
  readonly demo: boolean;
  readonly children: ReactNode;
}

function SetupGate({ email, claudeLogin, demo, children }: SetupGateProps) {
  // Any route for registered users tells who is not; this one is needed anyway.
  const profiles = useProfiles();
  const credential = useCredential();
  const leave = () => void signOut();
  const isUnregistered = profiles.error instanceof ApiCallError && profiles.error.code === 'not_registered';
  if (isUnregistered) {
    const registered = () => Promise.all([profiles.refetch(), credential.refetch()]);
    const page = <RegisterPage email={email} onRegistered={registered} onSignOut={leave} />;
    return demo ? <SetUpDemo onRegistered={registered} otherwise={page} /> : page;
  }
  if (profiles.isPending || credential.isPending) return <Spinner label="Opening your account…" />;
  if (profiles.data === undefined || credential.data === undefined) {
    const retry = () => void Promise.all([profiles.refetch(), credential.refetch()]);
    return (
      <main id="main" className="mx-auto max-w-md space-y-3 px-5 py-16">
        <h1 className="text-lg font-semibold">Your account cannot be opened</h1>
        <ErrorNotice error={profiles.error ?? credential.error} onRetry={retry} />
        <Button look="quiet" onClick={leave}>
          Sign out
        </Button>
      </main>
    );
  }
  if (!credential.data.has_credentials) return <AddCredentialPage claudeLogin={claudeLogin} onSignOut={leave} />;
  return children;
}
