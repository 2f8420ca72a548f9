import { AlertDialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { overlayClass } from './dialog.tsx';
import { ErrorNotice } from './error-notice.tsx';
import { Field, Input } from './field.tsx';

interface ConfirmDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly children: ReactNode;
  /** What the button that goes ahead says. */
  readonly action: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  /** What has to be typed before it goes ahead, for what is worst. */
  readonly typed?: string;
}

/** Asks before something that cannot be undone. The focus begins on the way back. */
export function ConfirmDialog({ open, onOpenChange, title, children, action, busy, error, onConfirm, typed }: ConfirmDialogProps) {
  const [text, setText] = useState('');
  const ready = typed === undefined || text.trim() === typed;
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={overlayClass} />
        <AlertDialog.Content className="fixed top-[18vh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 rounded-xl border border-border bg-surface p-5 shadow-xl outline-none">
          <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 space-y-2 text-muted-foreground">{children}</div>
          </AlertDialog.Description>
          {typed !== undefined && (
            <Field
              label={
                <>
                  To go ahead, type <strong className="select-all">{typed}</strong>
                </>
              }
              className="mt-4"
            >
              {(control) => (
                <Input {...control} autoComplete="off" spellCheck={false} value={text} onChange={({ target }) => setText(target.value)} />
              )}
            </Field>
          )}
          {error !== null && error !== undefined && <ErrorNotice error={error} className="mt-3" />}
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <Button look="danger" busy={busy} disabled={!ready} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
