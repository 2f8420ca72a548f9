import type { Report } from '@ai-sessions/protocol';
import { extendAsks, settle } from './session-asks.ts';
import { type Draft, done, later, refused } from './session-draft.ts';
import { end, finishTurn, turnFailed } from './session-end.ts';
import { promptEnded, promptStarted, pump, restIfIdle } from './session-prompts.ts';
import { type Effect, type Outcome, type SessionState, isLive } from './session-state.ts';

const lossWindow = 5 * 60_000;
const maxLosses = 3;

export function assign(draft: Draft, runnerId: string): Outcome {
  const { state } = draft;
  if (state.incarnation !== 'wanted') return refused('not_wanted');
  const [first, ...rest] = state.prompts;
  draft.set({ epoch: state.epoch + 1, acked: 0, runner_id: runnerId });
  if (first?.status === 'queued') draft.set({ prompts: [{ ...first, status: 'sent' }, ...rest] });
  draft.incarnation('starting');
  for (const effect of assignment(draft.state)) draft.effect(effect);
  return done;
}

/** Tells the owning runner to bring it up, and what was answered while none had it: a call that is made again waits for its answer without asking anew. */
export function assignment({ resolutions }: SessionState): Effect[] {
  return [{ kind: 'assign' }, ...resolutions.map((resolution) => ({ kind: 'resolution' as const, resolution }))];
}

export function ready(draft: Draft): void {
  if (draft.state.status === 'pending') draft.set({ status: 'running', started_at: draft.context.now });
  if (draft.state.incarnation === 'starting') draft.incarnation('up');
  restIfIdle(draft);
  pump(draft);
}

export function exited(draft: Draft, report: Extract<Report, { kind: 'exited' }>): void {
  const { why, error_message, exit_code } = report;
  const hasLived = draft.state.status === 'running';
  if (why === 'unable' && hasLived) putOff(draft, 'not_resumed', error_message ?? 'The session could not be started.');
  else if (why === 'crashed' || why === 'unable') end(draft, 'process_crashed', error_message, exit_code);
  else lose(draft);
}

/** The processes are gone though nobody asked: bring them back if there is work, else let it sleep. */
export function lose(draft: Draft): void {
  const { now } = draft.context;
  const losses = [...draft.state.losses, now].filter((at) => later(at, lossWindow) > now);
  draft.set({ losses });
  if (losses.length > maxLosses) {
    end(draft, 'process_crashed', `The session's runner was lost ${losses.length} times in 5 minutes.`, null);
  } else {
    processesGone(draft, 'The runner was restarted. The session sleeps; the next prompt wakes it.');
  }
}

/** Nothing runs any more: a session with work is wanted again, another one sleeps, which `note` tells. */
export function processesGone(draft: Draft, note: string): void {
  const { status, prompts, asks } = draft.state;
  // Also where the runner itself said so: for one that only seemed to be silent this is the end.
  if (hasProcesses(draft.state)) draft.effect({ kind: 'end', epoch: draft.state.epoch });
  if (status === 'pending' || prompts.length > 0 || asks.length > 0) {
    draft.incarnation('wanted');
    draft.effect({ kind: 'need_runner' });
  } else {
    draft.incarnation('none');
    draft.note('hibernated', note);
  }
}

/** No runner took it up for so long that whoever waits has to be told. */
export function nobodyCame(draft: Draft): void {
  putOff(draft, 'runner_away', 'The machine that holds this session did not come back.');
}

/**
 * It cannot be brought up now: the turn ends with an error, what was queued is given back, and the session sleeps. Files and conversation
 * are where they were; a later prompt tries again.
 */
function putOff(draft: Draft, subtype: 'runner_away' | 'not_resumed', cause: string): void {
  const why = `${cause} Nothing of the session is lost: send the prompt again later.`;
  const [first] = draft.state.prompts;
  if (first !== undefined && first.status !== 'queued') {
    // A prompt that was sent may have begun, and what it did may not have been told.
    promptStarted(draft, first.prompt_id, []);
    finishTurn(draft, turnFailed(draft.state, first.prompt_id, `${why} Some of the turn may have taken effect.`));
  }
  for (const ask of draft.state.asks) settle(draft, ask, false, 'interrupted');
  for (const waiting of draft.state.prompts) promptEnded(draft, waiting, 'cancelled');
  draft.set({ resolutions: [], interrupting: null });
  draft.incarnation('none');
  draft.note(subtype, why);
}

/** The server was away: nothing that waited for somebody loses time by it. */
export function serverStarted(draft: Draft): Outcome {
  const { incarnation } = draft.state;
  if (!isLive(draft.state)) return done;
  if (incarnation === 'wanted' || incarnation === 'starting' || incarnation === 'hibernating')
    draft.set({ incarnation_since: draft.context.now });
  extendAsks(draft);
  return done;
}

/** Whether a runner has, or is believed to have, processes of it. */
export function hasProcesses({ incarnation }: SessionState): boolean {
  return incarnation !== 'none' && incarnation !== 'wanted';
}

/** The effects a runner that has this session's current epoch may have missed while the link was down. */
export function owedToRunner(state: SessionState): Effect[] {
  if (state.incarnation === 'hibernating') return [{ kind: 'hibernate' }];
  if (state.incarnation !== 'up' && state.incarnation !== 'starting') return [];
  const [first] = state.prompts;
  const owed: Effect[] = state.resolutions.map((resolution) => ({ kind: 'resolution', resolution }));
  if (first !== undefined && first.status !== 'queued')
    owed.push({ kind: 'prompt', promptId: first.prompt_id, seq: first.seq, interrupted: first.status === 'started' });
  if (state.interrupting !== null) owed.push({ kind: 'interrupt', promptId: state.interrupting });
  return owed;
}
