import { Bell, BellOff } from 'lucide-react';
import { Button } from '../../components/ui/button.tsx';
import { setNotifications, useNotifications } from '../../lib/notifications.ts';

const texts = {
  on: 'This browser tells you when a session waits for an answer and you look elsewhere.',
  off: 'This browser can tell you when a session waits for an answer and you look elsewhere.',
  blocked: 'This browser blocks notifications of this site. Allow them in its settings of the site, then come back.',
  unsupported: 'This browser knows no notifications.',
} as const;

/** Whether this browser tells of what waits. */
export function NotificationSetting() {
  const state = useNotifications();
  const possible = state === 'on' || state === 'off';
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p className="min-w-0 flex-1 basis-72 text-muted-foreground">{texts[state]}</p>
      {possible && (
        <Button onClick={() => void setNotifications(state !== 'on')}>
          {state === 'on' ? <BellOff className="size-4" aria-hidden /> : <Bell className="size-4" aria-hidden />}
          {state === 'on' ? 'Turn notifications off' : 'Turn notifications on'}
        </Button>
      )}
    </div>
  );
}
