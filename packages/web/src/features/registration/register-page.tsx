import { useMutation } from '@tanstack/react-query';
import { Button } from '../../components/ui/button.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { api } from '../../lib/api.ts';
import { usePageTitle } from '../../lib/page-title.ts';

interface RegisterPageProps {
  readonly email: string;
  readonly onRegistered: () => Promise<unknown>;
  readonly onSignOut: () => void;
}

/** The first step of a new user. */
export function RegisterPage({ email, onRegistered, onSignOut }: RegisterPageProps) {
  usePageTitle('Register');
  const register = useMutation({ mutationFn: () => api.call('register'), onSuccess: onRegistered });
  return (
    <main id="main" className="mx-auto flex min-h-full max-w-lg flex-col justify-center px-5 py-12">
      <p className="text-xs font-medium text-muted-foreground">Step 1 of 2</p>
      <h1 className="mt-1 text-xl font-semibold">Register for AI Sessions</h1>
      <p className="mt-2 text-muted-foreground">
        You are signed in as <strong className="font-medium text-foreground">{email}</strong>. Registering sets up your account on this
        server:
      </p>
      <ul className="mt-3 list-disc space-y-1 ps-5 text-muted-foreground">
        <li>a place for your sessions, their files and their history, which only you can see;</li>
        <li>two starter profiles, which say what Claude may do without asking.</li>
      </ul>
      <p className="mt-3 text-muted-foreground">You can delete it all again at any time.</p>
      {register.error !== null && <ErrorNotice error={register.error} className="mt-4" />}
      <div className="mt-6 flex flex-wrap gap-2">
        <Button look="primary" busy={register.isPending} onClick={() => register.mutate()}>
          Register
        </Button>
        <Button look="quiet" onClick={onSignOut}>
          Sign out
        </Button>
      </div>
    </main>
  );
}
