import type { FastifyRequest } from 'fastify';
import type { Identity } from '../auth/auth.ts';
import type { RateLimitName, RateLimitState } from '../limits/rate-limits.ts';

/** What the hooks of a request learn and its handler and log line use. */
export interface RequestState {
  user: Identity | null;
  rateLimit: { readonly name: RateLimitName; readonly key: string; readonly state: RateLimitState } | null;
}

const states = new WeakMap<FastifyRequest, RequestState>();

export function stateOf(request: FastifyRequest): RequestState {
  const known = states.get(request);
  if (known !== undefined) return known;
  const fresh: RequestState = { user: null, rateLimit: null };
  states.set(request, fresh);
  return fresh;
}
