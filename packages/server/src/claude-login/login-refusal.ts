import { ApiError } from '@ai-sessions/protocol';
import type { LoginState } from './login-state.ts';

export const planNotice = "Signing in uses your own Claude plan; Anthropic's terms for it apply.";
const again = 'Start again: POST /v1/auth/claude/start.';

/** Why a sign-in takes no code now. `ready` takes one. */
export function codeRefusal(login: Exclude<LoginState, { phase: 'ready' }>): ApiError {
  switch (login.phase) {
    case 'pending':
      return new ApiError('oauth_code_rejected', 'This sign-in has no address yet, so no code can be of it. Open its address first.');
    case 'checking':
    case 'storing':
      return new ApiError('oauth_code_rejected', 'A code of this sign-in is being checked already.');
    case 'completed':
      return new ApiError('oauth_code_rejected', 'This sign-in is complete: its code was used. There is nothing left to do.');
    case 'failed':
      if (login.code === 'rejected') return new ApiError('oauth_code_rejected', `${login.message} ${again}`);
      return new ApiError('oauth_session_expired', `${login.message} ${again}`);
    case 'expired':
      return expired();
    default: {
      const unreachable: never = login;
      return unreachable;
    }
  }
}

/** What a code came to that was passed on; null: it is well. */
export function exchangeRefusal(login: LoginState): ApiError | null {
  if (login.phase === 'completed') return null;
  if (login.phase === 'failed' && login.code === 'lost') return new ApiError('unavailable', login.message, { retryAfterSeconds: 5 });
  if (login.phase === 'failed' || login.phase === 'expired') return codeRefusal(login);
  throw new Error(`a sign-in is not settled: ${login.phase}`);
}

export function expired(): ApiError {
  return new ApiError('oauth_session_expired', `This sign-in has expired. ${again}`);
}

export function unknownLogin(): ApiError {
  return new ApiError('not_found', `You have no sign-in of this id. It may have been lost in a restart. ${again}`);
}
