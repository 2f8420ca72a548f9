import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger';

const looks: Record<ButtonLook, string> = {
  primary: 'bg-accent text-on-accent enabled:hover:bg-accent-hover',
  plain: 'border border-border-strong/60 bg-surface enabled:hover:bg-muted',
  quiet: 'text-muted-foreground enabled:hover:bg-muted enabled:hover:text-foreground',
  danger: 'border border-danger/50 bg-surface text-danger enabled:hover:bg-danger-soft',
};

const shape =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-55';

/** The classes of a button, for what looks like one but is a link. */
export function buttonClass(look: ButtonLook = 'plain', size: 'small' | 'normal' = 'normal'): string {
  return classNames(shape, looks[look], size === 'small' ? 'h-7 px-2 text-xs pointer-coarse:h-9' : 'h-8.5 px-3 pointer-coarse:h-10');
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: ButtonLook;
  readonly size?: 'small' | 'normal';
  /** Something started by the button runs: it shows that and takes no more clicks. */
  readonly busy?: boolean;
}

export function Button({ look, size, busy = false, className, children, disabled, ...props }: ButtonProps) {
  return (
    <button
      type="button"
      className={classNames(buttonClass(look, size), className)}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      {...props}
    >
      {busy && <LoaderCircle className="size-3.5 animate-spin" aria-hidden />}
      {children}
    </button>
  );
}

/** A square button with a picture only; `label` is its name. */
export function IconButton({ label, className, ...props }: ComponentProps<'button'> & { readonly label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classNames(
        'inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted-foreground transition-colors hover:bg-muted hover:text-foreground disabled:opacity-50 pointer-coarse:size-10 [&>svg]:size-4',
        className,
      )}
      {...props}
    />
  );
}
