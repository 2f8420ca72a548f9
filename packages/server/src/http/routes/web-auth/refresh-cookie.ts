import { ApiError } from '@ai-sessions/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOwnOrigin } from '../../../auth/own-origin.ts';
import type { SignedIn } from '../../../auth/sign-in.ts';
import type { AppContext } from '../../../context.ts';

const name = 'ai_sessions_refresh';
const lifetimeSeconds = 30 * 86_400;

/** Hands the refresh token to the browser alone: no script reads it, and no other site sends it. */
export function setRefreshCookie(ctx: AppContext, reply: FastifyReply, { refreshToken }: SignedIn): void {
  void reply.setCookie(name, refreshToken, { ...attributes(ctx), maxAge: lifetimeSeconds });
}

export function clearRefreshCookie(ctx: AppContext, reply: FastifyReply): void {
  void reply.clearCookie(name, attributes(ctx));
}

export function refreshCookie(request: FastifyRequest): string | undefined {
  return request.cookies[name];
}

/**
 * Refuses a request that a page of another site made.
 * @throws ApiError `forbidden`.
 */
export function checkOrigin(ctx: AppContext, request: FastifyRequest): void {
  if (isOwnOrigin(request.headers, ctx.publicUrl())) return;
  throw new ApiError('forbidden', 'This request came from a page of another site. Sign in on this server’s own page.');
}

function attributes(ctx: AppContext) {
  return { path: '/auth', httpOnly: true, sameSite: 'strict', secure: ctx.publicUrl().startsWith('https:') } as const;
}
