import type { Session } from '@ai-sessions/protocol';
import { Bookmark, CircleDollarSign, CircleStop, Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { isEnded } from '../../components/session/session-mood.ts';
import { IconButton } from '../../components/ui/button.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/ui/menu.tsx';
import { announce } from '../../lib/announcer.ts';
import { useDeleteRecord, useTerminateSession } from './api/sessions.ts';
import { BudgetDialog } from './budget-dialog.tsx';
import { CaptureProfileDialog } from './capture-profile-dialog.tsx';
import { RenameDialog } from './rename-dialog.tsx';

type Asked = 'rename' | 'budget' | 'capture' | 'terminate' | 'delete';

interface SessionMenuProps {
  readonly session: Session;
  readonly onDeleted?: () => void;
  /** Items that stand first. */
  readonly children?: ReactNode;
}

/** What can be done with a session as a whole, wherever it is shown. */
export function SessionMenu({ session, onDeleted, children }: SessionMenuProps) {
  const [asked, setAsked] = useState<Asked | undefined>();
  const close = () => setAsked(undefined);
  const ended = isEnded(session);
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${session.name}`}>
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        {children}
        <MenuItem onSelect={() => setAsked('rename')}>
          <Pencil aria-hidden /> Rename…
        </MenuItem>
        {!ended && (
          <MenuItem onSelect={() => setAsked('budget')}>
            <CircleDollarSign aria-hidden /> Change budget…
          </MenuItem>
        )}
        <MenuItem onSelect={() => setAsked('capture')}>
          <Bookmark aria-hidden /> Save settings as profile…
        </MenuItem>
        <MenuSeparator />
        {ended ? (
          <MenuItem danger onSelect={() => setAsked('delete')}>
            <Trash2 aria-hidden /> Delete record…
          </MenuItem>
        ) : (
          <MenuItem danger onSelect={() => setAsked('terminate')}>
            <CircleStop aria-hidden /> End session…
          </MenuItem>
        )}
      </Menu>
      {asked === 'rename' && <RenameDialog session={session} onClose={close} />}
      {asked === 'budget' && <BudgetDialog session={session} onClose={close} />}
      {asked === 'capture' && <CaptureProfileDialog session={session} onClose={close} />}
      {asked === 'terminate' && <TerminateDialog session={session} onClose={close} />}
      {asked === 'delete' && <DeleteDialog session={session} onClose={close} {...(onDeleted === undefined ? {} : { onDeleted })} />}
    </>
  );
}

interface AskProps {
  readonly session: Session;
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

function TerminateDialog({ session, onClose }: AskProps) {
  const terminate = useTerminateSession(session.id);
  const done = () => {
    announce(`${session.name} ended`);
    onClose();
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`End “${session.name}”?`}
      action="End session"
      busy={terminate.isPending}
      error={terminate.error}
      onConfirm={() => terminate.mutate(undefined, { onSuccess: done })}
    >
      <p>
        Whatever Claude is doing is stopped, and the session takes no more prompts. Its history and files stay until you delete the record.
      </p>
    </ConfirmDialog>
  );
}

function DeleteDialog({ session, onClose, onDeleted }: AskProps) {
  const remove = useDeleteRecord(session.id);
  const done = () => {
    announce(`${session.name} deleted`);
    onClose();
    onDeleted?.();
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete the record of “${session.name}”?`}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined, { onSuccess: done })}
    >
      <p>The whole conversation and all files of its workspace are deleted. This cannot be undone.</p>
    </ConfirmDialog>
  );
}
