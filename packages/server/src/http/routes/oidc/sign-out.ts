import type { FastifyReply } from 'fastify';
import type { CodeFlow } from '../../../auth/oidc/code-flow.ts';

/** GET /auth/oidc/sign-out: on to the issuer's own sign-out, where it has one. This server's session ends by POST /auth/sign-out. */
export async function signOut(flow: CodeFlow, reply: FastifyReply): Promise<FastifyReply> {
  return reply.redirect((await flow.endSessionUrl()) ?? '/', 302);
}
