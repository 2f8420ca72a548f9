import { fixedLimits, type Session } from '@ai-sessions/protocol';
import { type FormEvent, useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions, DialogBody } from '../../components/ui/dialog.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Field, Input } from '../../components/ui/field.tsx';
import { navigate, paths } from '../../lib/router.tsx';
import { useCaptureProfile } from './api/sessions.ts';

export function CaptureProfileDialog({ session, onClose }: { readonly session: Session; readonly onClose: () => void }) {
  const [name, setName] = useState(session.name.slice(0, fixedLimits.profileName));
  const capture = useCaptureProfile(session.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const saved = ({ profile }: { profile: { id: string } }) => {
      onClose();
      navigate(paths.profile(profile.id));
    };
    capture.mutate(name.trim(), { onSuccess: saved });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Save settings as profile"
      description="Tools, mode, model, limits and MCP servers of this session, to start others with."
    >
      <form onSubmit={submit} className="contents">
        <DialogBody>
          <Field label="Name of the profile">
            {(control) => (
              <Input {...control} value={name} maxLength={fixedLimits.profileName} onChange={(event) => setName(event.target.value)} />
            )}
          </Field>
          {capture.error !== null && <ErrorNotice error={capture.error} />}
        </DialogBody>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={capture.isPending} disabled={name.trim() === ''}>
            Save profile
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
