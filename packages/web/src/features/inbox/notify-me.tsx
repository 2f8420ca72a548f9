import { Bell, BellOff, BellRing } from 'lucide-react';
import { Button } from '../../components/ui/button.tsx';
import { setNotifications, useNotifications } from '../../lib/notifications.ts';

/** Turns the browser's notifications on and off, or says why that cannot be. */
export function NotifyMe() {
  const state = useNotifications();
  if (state === 'unsupported') return null;
  if (state === 'blocked') {
    return (
      <p className="flex max-w-64 items-center gap-1.5 text-xs text-muted-foreground">
        <BellOff className="size-3.5 shrink-0" aria-hidden /> The browser blocks notifications of this site. Allow them in its settings.
      </p>
    );
  }
  const Icon = state === 'on' ? BellRing : Bell;
  return (
    <Button aria-pressed={state === 'on'} onClick={() => void setNotifications(state !== 'on')}>
      <Icon className="size-4" aria-hidden /> {state === 'on' ? 'Notifications are on' : 'Notify me'}
    </Button>
  );
}
