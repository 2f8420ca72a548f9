import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CodeFlow } from '../../../auth/oidc/code-flow.ts';
import type { SignIn } from '../../../auth/sign-in.ts';
import type { AppContext } from '../../../context.ts';
import { takeRateLimit } from '../../rate-limit.ts';
import { setRefreshCookie } from '../web-auth/refresh-cookie.ts';
import { clearFlowCookie, flowCookie } from './flow-cookie.ts';
import { sendProblem } from './problem-page.ts';
import { redirectUri } from './redirect-uri.ts';

/** GET /auth/oidc/callback: the browser is back from the issuer, and is signed in here if the issuer vouches for its user. */
export async function callback(
  ctx: AppContext,
  { flow, signIn }: { readonly flow: CodeFlow; readonly signIn: SignIn },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await takeRateLimit(ctx.limits, 'sign_in', request);
  const url = new URL(redirectUri(ctx));
  const queryAt = request.url.indexOf('?');
  if (queryAt !== -1) url.search = request.url.slice(queryAt);
  const outcome = await flow.finish({ url, sealed: flowCookie(request) });
  clearFlowCookie(ctx, reply);
  if (outcome.kind === 'refused') {
    ctx.log.warn({ request_id: request.id, because: outcome.because, detail: outcome.detail }, 'a sign-in at the issuer came to nothing');
    return sendProblem(reply, outcome.because, request.id);
  }
  const signedIn = await signIn.exchange(await signIn.newCode(outcome.user));
  setRefreshCookie(ctx, reply, signedIn);
  return reply.redirect(outcome.returnTo, 303);
}
