import { fixedLimits, type Session } from '@ai-sessions/protocol';
import { type FormEvent, useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions, DialogBody } from '../../components/ui/dialog.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Field, Input } from '../../components/ui/field.tsx';
import { useUpdateSession } from './api/sessions.ts';

export function RenameDialog({ session, onClose }: { readonly session: Session; readonly onClose: () => void }) {
  const [name, setName] = useState(session.name);
  const update = useUpdateSession(session.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    update.mutate({ name: name.trim() }, { onSuccess: onClose });
  };
  return (
    <Dialog open onOpenChange={onClose} title="Rename session">
      <form onSubmit={submit} className="contents">
        <DialogBody>
          <Field label="Name">
            {(control) => (
              <Input
                {...control}
                value={name}
                maxLength={fixedLimits.sessionName}
                onChange={(event) => setName(event.target.value)}
                onFocus={(event) => event.target.select()}
              />
            )}
          </Field>
          {update.error !== null && <ErrorNotice error={update.error} />}
        </DialogBody>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={update.isPending} disabled={name.trim() === ''}>
            Rename
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
