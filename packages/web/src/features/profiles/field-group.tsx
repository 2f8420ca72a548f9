import type { ReactNode } from 'react';

/** Fields that belong together, under a heading. */
export function FieldGroup({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <fieldset className="min-w-0 space-y-4">
      <legend className="mb-3 w-full border-b border-border pb-1.5 text-base font-semibold">{title}</legend>
      {children}
    </fieldset>
  );
}
