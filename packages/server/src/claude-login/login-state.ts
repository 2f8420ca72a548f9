import type { LoginEvent } from '@ai-sessions/protocol';

/**
 * A Claude sign-in.
 * - `pending`: a runner was asked for it, and has not told the address yet.
 * - `ready`: the user may authorize at `url`, and submit the code that belongs to `state`.
 * - `checking`: a code was passed on. From here it no longer expires; the exchange has a timeout of its own.
 * - `storing`: the token has come and is being stored.
 * - `completed`, `failed`, `expired`: ended, and nothing changes it any more.
 */
export type LoginState =
  | { readonly phase: 'pending' }
  | { readonly phase: 'ready'; readonly url: string; readonly state: string }
  | { readonly phase: 'checking' | 'storing' | 'completed'; readonly url: string }
  | { readonly phase: 'failed'; readonly code: LoginEnding; readonly message: string }
  | { readonly phase: 'expired' };

/** `rejected`: Anthropic refused the code. `replaced`: the user has started another. `lost`: it broke down on our side. */
export type LoginEnding = 'rejected' | 'replaced' | 'lost';

export type LoginChange =
  | { readonly kind: 'told'; readonly event: LoginEvent }
  /** A code of ours is passed on. */
  | { readonly kind: 'submitted' }
  | { readonly kind: 'stored' }
  | { readonly kind: 'time_up' }
  | { readonly kind: 'ended'; readonly code: LoginEnding; readonly message: string };

/** What follows; the same state where the change means nothing to it, such as news of one that has ended. */
export function changeLogin(login: LoginState, change: LoginChange): LoginState {
  if (hasEnded(login)) return login;
  switch (change.kind) {
    case 'told':
      return hear(login, change.event);
    case 'submitted':
      return login.phase === 'ready' ? { phase: 'checking', url: login.url } : login;
    case 'stored':
      return login.phase === 'storing' ? { phase: 'completed', url: login.url } : login;
    case 'time_up':
      return login.phase === 'pending' || login.phase === 'ready' ? { phase: 'expired' } : login;
    case 'ended':
      return { phase: 'failed', code: change.code, message: change.message };
    default: {
      const unreachable: never = change;
      return unreachable;
    }
  }
}

export function hasEnded({ phase }: LoginState): boolean {
  return phase === 'completed' || phase === 'failed' || phase === 'expired';
}

function hear(login: LoginState, event: LoginEvent): LoginState {
  switch (event.kind) {
    case 'url':
      return login.phase === 'pending' ? ready(event.url) : login;
    case 'done':
      // Nobody's code is being checked: a token that comes unasked is not stored.
      return login.phase === 'checking' ? { phase: 'storing', url: login.url } : login;
    case 'failed':
      if (login.phase === 'storing') return login;
      if (event.code === 'expired') return { phase: 'expired' };
      return { phase: 'failed', code: event.code === 'rejected' ? 'rejected' : 'lost', message: event.message };
    default: {
      const unreachable: never = event;
      return unreachable;
    }
  }
}

function ready(url: string): LoginState {
  const state = URL.parse(url)?.searchParams.get('state') ?? '';
  if (state === '')
    return { phase: 'failed', code: 'lost', message: 'Claude Code gave an address that cannot be used. Start the sign-in again.' };
  return { phase: 'ready', url, state };
}
