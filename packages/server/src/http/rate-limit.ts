import { ApiError } from '@ai-sessions/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RateLimitName, RateLimits } from '../limits/rate-limits.ts';
import { stateOf } from './request-state.ts';

/**
 * Takes one from the caller's budget: the user's, or the address's where there is no user.
 * @throws ApiError `rate_limited`.
 */
export async function takeRateLimit(limits: RateLimits, name: RateLimitName, request: FastifyRequest): Promise<void> {
  const state = stateOf(request);
  const key = state.user?.userId ?? request.ip;
  state.rateLimit = { name, key, state: await limits.take(name, key) };
  const { allowed, limit, resetMs } = state.rateLimit.state;
  if (allowed) return;
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  throw new ApiError('rate_limited', `Too many requests: ${limit} a minute are allowed here. Try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  });
}

/** Gives back what a request took that was refused for another reason, and tells the caller how the budget stands. */
export async function settleRateLimit(limits: RateLimits, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const taken = stateOf(request).rateLimit;
  if (taken === null) return;
  const { allowed, limit, resetMs } = taken.state;
  // A failed sign-in is what its limit is there to count.
  const givesBack = allowed && reply.statusCode >= 400 && taken.name !== 'sign_in';
  if (givesBack) await limits.giveBack(taken.name, taken.key);
  reply.headers({
    'ratelimit-limit': limit,
    'ratelimit-remaining': taken.state.remaining + (givesBack ? 1 : 0),
    'ratelimit-reset': Math.ceil(resetMs / 1000),
  });
}
