import type { Session, TerminationReason } from '@ai-sessions/protocol';

export interface SessionMood {
  readonly label: string;
  readonly look: 'attention' | 'busy' | 'ready' | 'quiet' | 'failed';
}

type Live = Pick<Session, 'status' | 'activity'>;

/** A session's status and activity in one word. A newer server's words are shown as they are. */
export function sessionMood({ status, activity }: Live): SessionMood {
  if (status === 'pending') return { label: 'Starting', look: 'busy' };
  if (status === 'terminated') return { label: 'Ended', look: 'quiet' };
  if (status === 'failed') return { label: 'Failed', look: 'failed' };
  if (activity === 'waiting') return { label: 'Needs you', look: 'attention' };
  if (activity === 'working') return { label: 'Working', look: 'busy' };
  if (activity === 'hibernated') return { label: 'Asleep', look: 'quiet' };
  if (activity === 'idle' || activity === null) return { label: 'Ready', look: 'ready' };
  return { label: activity, look: 'quiet' };
}

export function isEnded({ status }: Pick<Session, 'status'>): boolean {
  return status === 'terminated' || status === 'failed';
}

const reasons: Record<TerminationReason, string> = {
  user_requested: 'You ended this session.',
  completed: 'The session did its work and ended.',
  process_crashed: 'Claude Code stopped working and could not be brought back.',
  timeout: 'The session reached its time limit.',
  cancelled: 'The system ended this session.',
};

/** Why a session ended, as a sentence. */
export function endReason(reason: TerminationReason | null | undefined): string {
  return (reason && reasons[reason]) ?? 'The session has ended.';
}

/** Those that need an answer first, then those at work, then by age, newest first. */
export function byUrgency(a: Session, b: Session): number {
  const rank = ({ look }: SessionMood) => ({ attention: 0, busy: 1, ready: 2, quiet: 3, failed: 4 })[look];
  return rank(sessionMood(a)) - rank(sessionMood(b)) || b.created_at.localeCompare(a.created_at);
}
