import { type ReactNode, useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { CredentialCard } from '../../features/credentials/credential-card.tsx';
import { useDeregister } from '../../features/registration/deregister.ts';
import { useAuthConfig } from '../../features/sign-in/get-auth-config.ts';
import { NotificationSetting } from '../../features/settings/notification-setting.tsx';
import { ThemeChoice } from '../../features/settings/theme-choice.tsx';
import { signOut, useAuth } from '../../lib/auth.ts';
import { Page } from './page.tsx';

export function SettingsPage() {
  const auth = useAuth();
  const config = useAuthConfig();
  return (
    <Page title="Settings" narrow {...(auth.status === 'signed_in' ? { about: `Signed in as ${auth.email}` } : {})}>
      <div className="space-y-8">
        <Section title="Claude credential">
          <CredentialCard claudeLogin={config.data?.claudeLogin ?? false} />
        </Section>
        <Section title="Appearance">
          <ThemeChoice />
        </Section>
        <Section title="Notifications">
          <NotificationSetting />
        </Section>
        <Section title="Sign-in">
          <Button onClick={() => void signOut()}>Sign out</Button>
        </Section>
        <Section title="Delete account">
          <DeleteAccount />
        </Section>
      </div>
    </Page>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function DeleteAccount() {
  const [asked, setAsked] = useState(false);
  const deregister = useDeregister();
  const auth = useAuth();
  return (
    <>
      <p className="mb-3 text-muted-foreground">
        Ends all your sessions and deletes them, their files, your profiles and your credential from this server.
      </p>
      <Button look="danger" onClick={() => setAsked(true)}>
        Delete everything…
      </Button>
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        title="Delete your account here?"
        action="Delete everything"
        busy={deregister.isPending}
        error={deregister.error}
        typed={auth.status === 'signed_in' && auth.email !== '' ? auth.email : 'delete everything'}
        onConfirm={() => deregister.mutate()}
      >
        <p>
          Running sessions are ended at once. Sessions, files, profiles and your credential are gone for good. You can register again later.
        </p>
      </ConfirmDialog>
    </>
  );
}
