import type { CredentialType } from '@ai-sessions/protocol';
import { useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { Dialog, DialogBody } from '../../components/ui/dialog.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Spinner } from '../../components/ui/spinner.tsx';
import { formatTime } from '../../lib/format.ts';
import { SafetyNote } from './add-credential-page.tsx';
import { useCredential, useDeleteCredential } from './api/credential.ts';
import { ApiKeyForm } from './api-key-form.tsx';
import { ClaudeLogin } from './claude-login.tsx';

const names: Record<CredentialType, string> = {
  api_key: 'Anthropic API key',
  oauth_token: 'Claude subscription',
  demo: 'Demo: a scripted model answers, no account is used',
};

/** The credential that is stored, with what can be done about it. */
export function CredentialCard({ claudeLogin }: { readonly claudeLogin: boolean }) {
  const credential = useCredential();
  const remove = useDeleteCredential();
  const [dialog, setDialog] = useState<'replace' | 'remove' | undefined>();
  const close = (open: boolean) => {
    if (!open) setDialog(undefined);
  };
  if (credential.isPending) return <Spinner label="Asking for your credential…" />;
  if (credential.isError) return <ErrorNotice error={credential.error} onRetry={() => void credential.refetch()} />;
  const { credential_type: type, created_at: since } = credential.data;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border border-border bg-surface px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium">{type === undefined ? 'Stored' : (names[type] ?? type)}</p>
        {since !== undefined && <p className="text-xs text-muted-foreground">Stored {formatTime(since)}, encrypted</p>}
      </div>
      <div className="flex gap-2">
        <Button onClick={() => setDialog('replace')}>Replace</Button>
        <Button look="danger" onClick={() => setDialog('remove')}>
          Remove
        </Button>
      </div>
      <Dialog
        open={dialog === 'replace'}
        onOpenChange={close}
        title="Replace your Claude credential"
        description="Sessions use the new one from their next request on."
      >
        <DialogBody>
          <ApiKeyForm onStored={() => setDialog(undefined)} />
          {claudeLogin && (
            <div className="border-t border-border pt-4">
              <ClaudeLogin onStored={() => setDialog(undefined)} />
            </div>
          )}
          <SafetyNote />
        </DialogBody>
      </Dialog>
      <ConfirmDialog
        open={dialog === 'remove'}
        onOpenChange={close}
        title="Remove your Claude credential?"
        action="Remove"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => setDialog(undefined) })}
      >
        <p>
          It is deleted from this server. Running sessions can make no more requests, and you cannot create new ones until you add another.
        </p>
      </ConfirmDialog>
    </div>
  );
}
