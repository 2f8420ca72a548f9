import type { Session } from '@ai-sessions/protocol';
import { Suspense } from 'react';
import { Spinner } from '../../components/ui/spinner.tsx';
import { useToolPulse } from '../../features/conversation/conversation-context.tsx';
import { ErrorBoundary } from '../error-boundary.tsx';
import type { SessionPanel } from '../session-panels.ts';

/** One panel of a session: its code is fetched when it is opened, and its faults stay within it. */
export function PanelFrame({ panel, session }: { readonly panel: SessionPanel; readonly session: Session }) {
  const pulse = useToolPulse();
  return (
    <section aria-label={panel.label} className="flex min-h-0 min-w-0 flex-1 flex-col bg-background">
      <ErrorBoundary>
        <Suspense fallback={<Spinner label={`Opening ${panel.label.toLowerCase()}…`} />}>
          <panel.Panel session={session} pulse={pulse} />
        </Suspense>
      </ErrorBoundary>
    </section>
  );
}
