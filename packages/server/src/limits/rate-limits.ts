/** `sign_in` is keyed by the caller's address; its size and that of `claude_login` are fixed, the others are the operator's `AI_SESSIONS_LIMITS`. */
export type RateLimitName = 'register' | 'create_session' | 'ws_messages' | 'prompts' | 'uploads' | 'mcp_test' | 'sign_in' | 'claude_login';

export interface RateLimitState {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the window ends. */
  readonly resetMs: number;
}

/** The contract's rate limits, all in one place. Refused requests do not count. */
export interface RateLimits {
  /** Takes one from the budget of `key` (a user, session or connection id, as the limit is keyed). */
  take(name: RateLimitName, key: string): Promise<RateLimitState>;
  /** Gives back what a request that was refused for another reason had taken. */
  giveBack(name: RateLimitName, key: string): Promise<void>;
  /**
   * Drops what is kept of a user who deregistered. The budget for registering stays until its window ends,
   * or a loop of registering and deregistering would know no limit.
   */
  forget(userId: string): Promise<void>;
}
