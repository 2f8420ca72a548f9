import { ApiError } from '@ai-sessions/protocol';
import type { RateLimitState } from '../limits/rate-limits.ts';

/** What a caller is told who requested too many uploads within the minute. */
export function tooManyUploads({ limit, resetMs }: RateLimitState): ApiError {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  return new ApiError('rate_limited', `At most ${limit} uploads a minute are allowed in a session. Try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  });
}
