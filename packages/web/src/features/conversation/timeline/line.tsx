import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from '../../../components/ui/class-names.ts';

interface LineProps {
  readonly icon: LucideIcon;
  readonly children: ReactNode;
  readonly className?: string;
  readonly title?: string;
}

/** One quiet line between the parts of a conversation. */
export function Line({ icon: Icon, children, className, title }: LineProps) {
  return (
    <div className={classNames('flex gap-2 text-xs', className ?? 'text-muted-foreground')} title={title}>
      <Icon className="mt-px size-3.5 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1 wrap-anywhere whitespace-pre-line">{children}</div>
    </div>
  );
}
