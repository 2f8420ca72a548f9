import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

const looks = {
  info: { box: 'border-border bg-muted', icon: Info, color: 'text-muted-foreground' },
  warn: { box: 'border-warn/40 bg-warn-soft', icon: TriangleAlert, color: 'text-warn' },
  danger: { box: 'border-danger/40 bg-danger-soft', icon: CircleAlert, color: 'text-danger' },
} as const;

interface NoticeProps {
  readonly look?: keyof typeof looks;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** `alert` is read out at once. */
  readonly role?: 'alert';
  readonly className?: string;
}

/** A boxed message: what is the case, and what to do about it. */
export function Notice({ look = 'info', title, children, actions, role, className }: NoticeProps) {
  const { box, icon: Icon, color } = looks[look];
  return (
    <div role={role} className={classNames('flex gap-2.5 rounded-lg border px-3.5 py-2.5', box, className)}>
      <Icon className={classNames('mt-0.5 size-4 shrink-0', color)} aria-hidden />
      <div className="min-w-0 flex-1">
        {title !== undefined && <p className="font-medium">{title}</p>}
        {children !== undefined && <div className="wrap-anywhere whitespace-pre-line">{children}</div>}
        {actions !== undefined && <div className="mt-2 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}
