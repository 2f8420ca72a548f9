import { ApiError } from '@ai-sessions/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CodeFlow } from '../../../auth/oidc/code-flow.ts';
import type { SignIn } from '../../../auth/sign-in.ts';
import type { AppContext } from '../../../context.ts';
import { callback } from './callback.ts';
import { type Problem, sendProblem } from './problem-page.ts';
import { signOut } from './sign-out.ts';
import { start } from './start.ts';

/** The addresses that a browser visits to sign in at the issuer. They answer with redirects and pages, not with data. */
export function mountOidc(app: FastifyInstance, ctx: AppContext, oidc: { readonly flow: CodeFlow; readonly signIn: SignIn }): void {
  const page = (path: string, handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) =>
    app.route({
      method: 'GET',
      url: `/auth/oidc/${path}`,
      // A look at the address must not use up the code that it holds.
      exposeHeadRoute: false,
      handler: (request, reply) => handler(request, reply).catch((error: unknown) => answerError(ctx, error, request, reply)),
    });
  page('start', (request, reply) => start(ctx, oidc.flow, request, reply));
  page('callback', (request, reply) => callback(ctx, oidc, request, reply));
  page('sign-out', (_request, reply) => signOut(oidc.flow, reply));
}

function answerError(ctx: AppContext, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error);
  if (problem === 'internal') ctx.log.error({ err: error, request_id: request.id }, 'a sign-in failed unexpectedly');
  if (error instanceof ApiError && error.retryAfterSeconds !== undefined)
    void reply.header('retry-after', Math.ceil(error.retryAfterSeconds));
  return sendProblem(reply, problem, request.id);
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiError)) return 'internal';
  return error.code === 'unavailable' ? 'unavailable' : error.code === 'rate_limited' ? 'too_many' : 'internal';
}
