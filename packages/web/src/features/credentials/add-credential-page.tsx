import { LockKeyhole } from 'lucide-react';
import { Button } from '../../components/ui/button.tsx';
import { usePageTitle } from '../../lib/page-title.ts';
import { ApiKeyForm } from './api-key-form.tsx';
import { ClaudeLogin } from './claude-login.tsx';

interface AddCredentialPageProps {
  readonly claudeLogin: boolean;
  readonly onSignOut: () => void;
}

/** The second step of a new user, and where one is who has removed the credential. */
export function AddCredentialPage({ claudeLogin, onSignOut }: AddCredentialPageProps) {
  usePageTitle('Add your Claude credential');
  return (
    <main id="main" className="mx-auto flex min-h-full max-w-lg flex-col justify-center px-5 py-12">
      <p className="text-xs font-medium text-muted-foreground">Step 2 of 2</p>
      <h1 className="mt-1 text-xl font-semibold">Add your Claude credential</h1>
      <p className="mt-2 text-muted-foreground">Claude works on your own Anthropic account. What your sessions use is billed there.</p>
      <div className="mt-5">
        <ApiKeyForm />
      </div>
      {claudeLogin && (
        <section className="mt-6 border-t border-border pt-5" aria-labelledby="claude-login">
          <h2 id="claude-login" className="mb-1 font-medium">
            Or: your Claude subscription
          </h2>
          <ClaudeLogin />
        </section>
      )}
      <SafetyNote />
      <div className="mt-6">
        <Button look="quiet" className="-ms-3" onClick={onSignOut}>
          Sign out
        </Button>
      </div>
    </main>
  );
}

/** What becomes of a credential that is stored. */
export function SafetyNote() {
  return (
    <div className="mt-6 flex gap-2.5 rounded-lg border border-border bg-muted px-3.5 py-3 text-muted-foreground">
      <LockKeyhole className="mt-0.5 size-4 shrink-0" aria-hidden />
      <p>
        It is stored encrypted, is never shown again, and never enters the sandbox that Claude works in: the server adds it to each request
        on its way to Anthropic. You can replace or remove it at any time.
      </p>
    </div>
  );
}
