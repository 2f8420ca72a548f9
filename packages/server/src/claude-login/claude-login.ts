import type { LoginEvent } from '@ai-sessions/protocol';
import type { RunnerConnection } from '../runners/runner-connection.ts';

export interface LoginStarted {
  readonly id: string;
  /** Seconds. */
  readonly expiresIn: number;
}

export interface LoginAddress {
  readonly status: 'pending' | 'ready' | 'failed';
  readonly url?: string;
  readonly error?: string;
  readonly message: string;
}

/** Signs users in with their own Claude plan, by Claude Code's own login on a runner. */
export interface ClaudeLogin {
  /** Starts a sign-in; one that the user has open ends. @throws ApiError `unavailable` with no runner, or with too many open. */
  start(userId: string): LoginStarted;
  /** @throws ApiError `not_found` (also for another user's), `oauth_session_expired`. */
  address(userId: string, id: string): LoginAddress;
  /**
   * Passes the code on and stores the token that it brings. Resolves when it is stored.
   * @throws ApiError `not_found`, `oauth_session_expired`, `oauth_code_rejected`, `unavailable`.
   */
  submit(userId: string, id: string, pasted: string): Promise<void>;
  /** Ends what the user has open, and forgets the user. */
  forget(userId: string): void;
}

/** The same, with what the runner socket calls. */
export interface RunnerClaudeLogin extends ClaudeLogin, AsyncDisposable {
  /** News from a runner. Ignored unless it holds this sign-in. */
  heard(connection: RunnerConnection, loginId: string, event: LoginEvent): void;
  /** A runner's link is gone, and its sign-ins with it. */
  disconnected(connection: RunnerConnection): void;
}
