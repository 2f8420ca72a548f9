import { expireAsks } from './session-asks.ts';
import { type Draft, later } from './session-draft.ts';
import { end } from './session-end.ts';
import { lose, nobodyCame } from './session-ownership.ts';
import { type SessionState, type TransitionContext, isLive } from './session-state.ts';
import { checkpointIn } from './session-uptime.ts';

/** A session with work waits this many start timeouts for a runner: its own may be under repair, with the files. */
const patience = 10;

/** When the session next needs a `tick`, or null. RFC 3339. */
export function deadline(state: SessionState, timers: TransitionContext['timers']): string | null {
  if (!isLive(state)) return null;
  const times = state.asks.flatMap((ask) => (ask.expires_at === null ? [] : [ask.expires_at]));
  const due = (since: string | null, milliseconds: number) => {
    if (since !== null && milliseconds > 0) times.push(later(since, milliseconds));
  };
  due(state.created_at, timeLimit(state, timers));
  due(state.incarnation_since, inBetween(state, timers));
  due(state.uptime.since, checkpointIn(state));
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
  expireAsks(draft);
  if (overdue(draft.state.incarnation_since, inBetween(draft.state, timers))) moveOn(draft);
  else if (maySleep(draft.state) && overdue(draft.state.idle_since, timers.idle)) {
    draft.incarnation('hibernating');
    draft.effect({ kind: 'hibernate' });
  }
}

/** How long the session may be in its present state, where that is one in between; 0: as long as it likes. */
function inBetween({ status, incarnation }: SessionState, timers: TransitionContext['timers']): number {
  if (status === 'pending' || incarnation === 'starting' || incarnation === 'hibernating') return timers.start;
  return incarnation === 'wanted' ? timers.start * patience : 0;
}

/** The way out of a state in between whose time is over. */
function moveOn(draft: Draft): void {
  if (draft.state.status === 'pending')
    end(draft, 'timeout', 'No runner brought the session up in time. Try again, or ask the operator to look at the runner.', null);
  else if (draft.state.incarnation === 'wanted') nobodyCame(draft);
  else lose(draft);
}

function maySleep(state: SessionState): boolean {
  return state.incarnation === 'up' && state.prompts.length === 0 && state.asks.length === 0;
}

function timeLimit(state: SessionState, timers: TransitionContext['timers']): number {
  const ttl = state.settings.ttl_seconds === null ? 0 : state.settings.ttl_seconds * 1000;
  if (ttl === 0 || timers.lifetime === 0) return ttl + timers.lifetime;
  return Math.min(ttl, timers.lifetime);
}
