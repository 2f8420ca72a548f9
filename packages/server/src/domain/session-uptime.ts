import type { Draft } from './session-draft.ts';
import { type SessionState, type Uptime, isLive } from './session-state.ts';

/**
 * How a running session's time is counted. Active: its processes are there, on their way up or down. Hibernated: it sleeps. Time in
 * which it waits for a runner is neither. The count stands in the state with the moment up to which it was made; it is brought up to
 * date when the session changes between the two and every few minutes while it is active, so that neither a machine that was
 * switched off nor a clock that was set adds more than twice that.
 */
export const checkpointMs = 5 * 60_000;

/** Milliseconds so far, the stretch that runs now included. */
export function uptimeAt(state: SessionState, now: string): { active: number; hibernated: number } {
  const { active_ms, hibernated_ms, since } = state.uptime;
  const elapsed = Math.max(0, Date.parse(now) - Date.parse(since));
  const kind = kindOf(state);
  return {
    active: active_ms + (kind === 'active' ? Math.min(elapsed, 2 * checkpointMs) : 0),
    hibernated: hibernated_ms + (kind === 'hibernated' ? elapsed : 0),
  };
}

/** Brings the count up to date after a transition, if it is due: `before` is the state that the stretch belongs to. */
export function countUptime(draft: Draft, before: SessionState): void {
  const { now } = draft.context;
  if (kindOf(before) === kindOf(draft.state) && !checkpointDue(before, now)) return;
  const { active, hibernated } = uptimeAt(before, now);
  const uptime: Uptime = { active_ms: active, hibernated_ms: hibernated, since: now };
  draft.set({ uptime });
}

/** When an active session's count is to be brought up to date, in milliseconds since its last; 0 for one that is not active. */
export function checkpointIn(state: SessionState): number {
  return kindOf(state) === 'active' ? checkpointMs : 0;
}

function checkpointDue(state: SessionState, now: string): boolean {
  return kindOf(state) === 'active' && Date.parse(now) - Date.parse(state.uptime.since) >= checkpointMs;
}

function kindOf(state: SessionState): 'active' | 'hibernated' | 'neither' {
  if (!isLive(state) || state.status === 'pending' || state.incarnation === 'wanted') return 'neither';
  return state.incarnation === 'none' ? 'hibernated' : 'active';
}
