import { QueryClientProvider } from '@tanstack/react-query';
import { LiveRegion } from '../components/ui/live-region.tsx';
import { queryClient } from '../lib/query-client.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { Gate } from './gate.tsx';
import { Shell } from './shell.tsx';
import { Router } from './router.tsx';

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <ErrorBoundary>
        <Gate>
          <Shell>
            <Router />
          </Shell>
        </Gate>
      </ErrorBoundary>
      <LiveRegion />
    </QueryClientProvider>
  );
}
