import type { FastifyReply, FastifyRequest } from 'fastify';
import { flowSeconds } from '../../../auth/oidc/flow-seal.ts';
import type { AppContext } from '../../../context.ts';

const name = 'ai_sessions_oidc';

/** Lax: the browser comes back from the issuer's site, and must bring it along. */
export function setFlowCookie(ctx: AppContext, reply: FastifyReply, sealed: string): void {
  void reply.setCookie(name, sealed, { ...attributes(ctx), maxAge: flowSeconds });
}

export function clearFlowCookie(ctx: AppContext, reply: FastifyReply): void {
  void reply.clearCookie(name, attributes(ctx));
}

export function flowCookie(request: FastifyRequest): string | undefined {
  return request.cookies[name];
}

function attributes(ctx: AppContext) {
  return { path: '/auth/oidc', httpOnly: true, sameSite: 'lax', secure: ctx.publicUrl().startsWith('https:') } as const;
}
