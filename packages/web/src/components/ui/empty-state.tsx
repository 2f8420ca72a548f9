import type { ReactNode } from 'react';

interface EmptyStateProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

/** Stands where a list would: why there is nothing, and how there can be something. */
export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className="rounded-xl border border-dashed border-border px-6 py-12 text-center">
      <p className="text-base font-semibold">{title}</p>
      <div className="mx-auto mt-1 max-w-md text-muted-foreground">{children}</div>
      {action !== undefined && <div className="mt-5">{action}</div>}
    </div>
  );
}
