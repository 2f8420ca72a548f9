import type { Report } from '@ai-sessions/protocol';
import { type Draft, done, later, refused } from './session-draft.ts';
import { end } from './session-end.ts';
import { pump, restIfIdle } from './session-prompts.ts';
import type { Effect, Outcome, SessionState } from './session-state.ts';

const lossWindow = 5 * 60_000;
const maxLosses = 3;

export function assign(draft: Draft, runnerId: string): Outcome {
  const { state } = draft;
  if (state.incarnation !== 'wanted') return refused('not_wanted');
  const [first, ...rest] = state.prompts;
  draft.set({ epoch: state.epoch + 1, acked: 0, runner_id: runnerId });
  if (first?.status === 'queued') draft.set({ prompts: [{ ...first, status: 'sent' }, ...rest] });
  draft.incarnation('starting');
  draft.effect({ kind: 'assign' });
  return done;
}

export function ready(draft: Draft): void {
  if (draft.state.incarnation === 'starting') draft.incarnation('up');
  if (draft.state.status === 'pending') draft.set({ status: 'running', started_at: draft.context.now });
  restIfIdle(draft);
  pump(draft);
}

export function exited(draft: Draft, report: Extract<Report, { kind: 'exited' }>): void {
  if (report.why === 'crashed') end(draft, 'process_crashed', report.error_message, report.exit_code);
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
  if (status === 'pending' || prompts.length > 0 || asks.length > 0) {
    draft.incarnation('wanted');
    draft.effect({ kind: 'need_runner' });
  } else {
    draft.incarnation('none');
    draft.note('hibernated', note);
  }
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
