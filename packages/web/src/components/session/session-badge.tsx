import type { Session } from '@ai-sessions/protocol';
import { classNames } from '../ui/class-names.ts';
import { type SessionMood, sessionMood } from './session-mood.ts';

const looks: Record<SessionMood['look'], string> = {
  attention: 'bg-warn-soft text-warn',
  busy: 'bg-accent-soft text-accent',
  ready: 'bg-ok-soft text-ok',
  quiet: 'bg-muted text-muted-foreground',
  failed: 'bg-danger-soft text-danger',
};

/** What a session does, in a word and a colour. */
export function SessionBadge({ session }: { readonly session: Pick<Session, 'status' | 'activity'> }) {
  const mood = sessionMood(session);
  return (
    <span
      className={classNames(
        'inline-flex h-5.5 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap',
        looks[mood.look],
      )}
    >
      <SessionDot session={session} />
      {mood.label}
    </span>
  );
}

/** The colour alone, for where the word is hidden or stands beside. */
export function SessionDot({ session }: { readonly session: Pick<Session, 'status' | 'activity'> }) {
  const mood = sessionMood(session);
  return (
    <span
      aria-hidden
      className={classNames(
        'inline-block size-1.5 shrink-0 rounded-full bg-current',
        (mood.look === 'busy' || mood.look === 'attention') && 'pulse-dot',
        mood.look === 'quiet' && 'opacity-60',
      )}
    />
  );
}
