import { ApiError } from '@ai-sessions/protocol';
import { budgetSpentMessage } from '../domain/session-budget.ts';
import type { FirstAnswer, Outcome, SessionState } from '../domain/session-state.ts';

type Refused = Extract<Outcome, { ok: false }> | { readonly ok: false; readonly code: 'session_not_ended' };

/** Nothing to call the model with. */
export function noCredentials(): ApiError {
  return new ApiError(
    'no_credentials',
    'No Claude credential is stored. Store an Anthropic API key (POST /v1/auth/claude/apikey) or sign in with Claude Max (POST /v1/auth/claude/start).',
  );
}

/** Somebody or something was first. */
function alreadyResolved(first: FirstAnswer | undefined): ApiError {
  if (first === undefined) return new ApiError('already_resolved', 'This was settled before; nothing is left to do.');
  return new ApiError('already_resolved', `This was settled before: ${settledBy[first.by]} at ${first.at}. Nothing is left to do.`, {
    first,
  });
}

const settledBy = {
  user: 'an answer came',
  rule: 'a rule of the session covered it',
  expired: 'it expired, which is a refusal',
  interrupted: 'its turn was interrupted or ended',
} as const satisfies Record<FirstAnswer['by'], string>;

/** The error a caller gets for a refused command; no outcome means that the session is gone. */
export function refusal(outcome: Refused | Outcome | undefined, state?: SessionState): ApiError {
  if (outcome === undefined || outcome.ok) return new ApiError('not_found', 'You have no session of this id.');
  switch (outcome.code) {
    case 'session_not_running':
      return new ApiError('session_not_running', 'The session has ended. Create a new one to go on.');
    case 'session_not_ended':
      return new ApiError(
        'session_not_ended',
        'The session is live. Terminate it first (DELETE /v1/sessions/{id}), then delete its record.',
      );
    case 'queue_full':
      return new ApiError('queue_full', 'The session has 100 prompts waiting. Wait for some to end, or cancel some.', {
        retryAfterSeconds: 5,
      });
    case 'budget_exhausted':
      return new ApiError('budget_exhausted', state === undefined ? 'The session’s budget is spent.' : budgetSpentMessage(state));
    case 'already_resolved':
      return alreadyResolved('first' in outcome ? outcome.first : undefined);
    case 'not_found':
      return new ApiError('not_found', 'The session knows nothing of this id.');
    case 'not_wanted':
    case 'stale':
    case 'gap':
      throw new Error(`a runner's outcome reached a caller: ${outcome.code}`);
    default: {
      const unreachable: never = outcome;
      return unreachable;
    }
  }
}
