import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Spinner } from '../components/ui/spinner.tsx';
import { api } from '../lib/api.ts';
import { navigate, paths } from '../lib/router.tsx';

interface SetUpDemoProps {
  readonly onRegistered: () => Promise<unknown>;
  /** What is shown where it does not work. */
  readonly otherwise: ReactNode;
}

/** In the demo there is nothing to decide: registers the newcomer and opens a session that shows them around. */
export function SetUpDemo({ onRegistered, otherwise }: SetUpDemoProps) {
  const [failed, setFailed] = useState(false);
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    void openTour(onRegistered).catch(() => setFailed(true));
  }, [onRegistered]);
  return failed ? otherwise : <Spinner label="Setting up the demo…" />;
}

async function openTour(onRegistered: () => Promise<unknown>): Promise<void> {
  await api.call('register');
  const body = { name: 'A tour of AI Sessions', initial_prompt: 'Hello, show me around', idempotency_key: 'demo-tour' };
  // Without the tour the demo is a demo still: its sessions page offers what to begin with.
  const created = await api.call('createSession', { body }).catch(() => undefined);
  if (created !== undefined) navigate(paths.session(created.session.id), { replace: true });
  await onRegistered();
}
