import type { Result, TerminationReason } from '@ai-sessions/protocol';
import { settle } from './session-asks.ts';
import type { Draft } from './session-draft.ts';
import { promptEnded } from './session-prompts.ts';
import type { SessionState } from './session-state.ts';

/** Ends the session for good. Everything that is open gets its last event before `session_end`. */
export function end(draft: Draft, reason: TerminationReason, message: string | null, exitCode: number | null): void {
  const { state } = draft;
  const [first] = state.prompts;
  const failed = reason === 'process_crashed' || (state.status === 'pending' && (reason === 'timeout' || reason === 'cancelled'));
  if (first?.status === 'started') finishTurn(draft, unfinishedResult(state, first.prompt_id, reason));
  for (const ask of draft.state.asks) settle(draft, ask, false, 'interrupted');
  for (const waiting of draft.state.prompts) promptEnded(draft, waiting, 'cancelled');
  const status = failed ? 'failed' : 'terminated';
  if (state.incarnation !== 'none' && state.incarnation !== 'wanted') draft.effect({ kind: 'end', epoch: state.epoch });
  draft.set({
    status,
    termination_reason: reason,
    error_message: message,
    exit_code: exitCode,
    terminated_at: draft.context.now,
    resolutions: [],
    interrupting: null,
    idle_since: null,
  });
  draft.incarnation('none');
  draft.append({ type: 'session_end', payload: { status, reason, exit_code: exitCode, error_message: message } });
}

/** Ends the first prompt's turn: its open asks, its one result, its `completed`. */
export function finishTurn(draft: Draft, result: Result): void {
  const [first] = draft.state.prompts;
  for (const ask of draft.state.asks) settle(draft, ask, false, 'interrupted');
  draft.append({ type: 'result', payload: result });
  if (first !== undefined) promptEnded(draft, first, 'completed');
}

function unfinishedResult(state: SessionState, promptId: string, reason: TerminationReason): Result {
  if (reason === 'process_crashed') return turnFailed(state, promptId, 'Claude Code crashed before the turn ended.');
  return { ...turnFailed(state, promptId, 'The session ended before the turn did.'), subtype: 'interrupted' };
}

/** The result of a turn of which nothing more will be told. */
export function turnFailed(state: SessionState, promptId: string, why: string): Result {
  return {
    subtype: 'error_during_execution',
    is_error: true,
    success: false,
    result: why,
    summary: why,
    num_turns: 0,
    input_tokens: 0,
    output_tokens: 0,
    total_cost_usd: state.usage.total_cost_usd,
    prompt_id: promptId,
  };
}
