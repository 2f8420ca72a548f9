import { expireAsks } from './session-asks.ts';
import { type Draft, later } from './session-draft.ts';
import { end } from './session-end.ts';
import { lose } from './session-ownership.ts';
import { type SessionState, type TransitionContext, isLive } from './session-state.ts';

/** When the session next needs a `tick`, or null. RFC 3339. */
export function deadline(state: SessionState, timers: TransitionContext['timers']): string | null {
  if (!isLive(state)) return null;
  const times = state.asks.flatMap((ask) => (ask.expires_at === null ? [] : [ask.expires_at]));
  const due = (since: string | null, milliseconds: number) => {
    if (since !== null && milliseconds > 0) times.push(later(since, milliseconds));
  };
  due(state.created_at, timeLimit(state, timers));
  if (state.status === 'pending') due(state.created_at, timers.start);
  else if (state.incarnation === 'starting' || state.incarnation === 'hibernating') due(state.incarnation_since, timers.start);
  if (maySleep(state)) due(state.idle_since, timers.idle);
  return times.length === 0 ? null : times.reduce((first, time) => (time < first ? time : first));
}

export function tick(draft: Draft): void {
  const { timers, now } = draft.context;
  const overdue = (since: string | null, milliseconds: number) => since !== null && milliseconds > 0 && later(since, milliseconds) <= now;
  if (!isLive(draft.state)) return;
  if (overdue(draft.state.created_at, timeLimit(draft.state, timers))) {
    end(draft, 'timeout', 'The session reached its time limit.', null);
    return;
  }
  if (draft.state.status === 'pending' && overdue(draft.state.created_at, timers.start)) {
    end(draft, 'timeout', 'No runner brought the session up in time. Try again, or ask the operator to look at the runner.', null);
    return;
  }
  expireAsks(draft);
  const { incarnation } = draft.state;
  if ((incarnation === 'starting' || incarnation === 'hibernating') && overdue(draft.state.incarnation_since, timers.start)) lose(draft);
  else if (maySleep(draft.state) && overdue(draft.state.idle_since, timers.idle)) {
    draft.incarnation('hibernating');
    draft.effect({ kind: 'hibernate' });
  }
}

function maySleep(state: SessionState): boolean {
  return state.incarnation === 'up' && state.prompts.length === 0 && state.asks.length === 0;
}

function timeLimit(state: SessionState, timers: TransitionContext['timers']): number {
  const ttl = state.settings.ttl_seconds === null ? 0 : state.settings.ttl_seconds * 1000;
  if (ttl === 0 || timers.lifetime === 0) return ttl + timers.lifetime;
  return Math.min(ttl, timers.lifetime);
}
