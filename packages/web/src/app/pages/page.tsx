import type { ReactNode } from 'react';
import { classNames } from '../../components/ui/class-names.ts';
import { usePageTitle } from '../../lib/page-title.ts';

interface PageProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly narrow?: boolean;
  readonly children: ReactNode;
}

/** A page that scrolls, with its heading. */
export function Page({ title, about, actions, narrow = false, children }: PageProps) {
  usePageTitle(title);
  return (
    <div className={classNames('mx-auto w-full px-4 py-6 sm:px-6', narrow ? 'max-w-3xl' : 'max-w-5xl')}>
      <div className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <h1 tabIndex={-1} className="text-xl font-semibold">
            {title}
          </h1>
          {about !== undefined && <p className="mt-0.5 text-muted-foreground">{about}</p>}
        </div>
        {actions !== undefined && <div className="flex gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
