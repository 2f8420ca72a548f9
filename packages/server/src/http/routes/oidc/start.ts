import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CodeFlow } from '../../../auth/oidc/code-flow.ts';
import type { AppContext } from '../../../context.ts';
import { setFlowCookie } from './flow-cookie.ts';
import { redirectUri } from './redirect-uri.ts';

const longestReturn = 1000;
const query = z.object({
  /** Page of the web UI to come back to. */
  return_to: z.string().max(longestReturn).catch('/').default('/'),
  /** Set once the browser was sent to the public address, so that it is sent there once only. */
  moved: z.literal('1').optional().catch(undefined),
});

/** GET /auth/oidc/start: sends the browser to the issuer. */
export async function start(ctx: AppContext, flow: CodeFlow, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { return_to, moved } = query.parse(request.query);
  const base = new URL(`${ctx.publicUrl()}/`);
  // The issuer sends the browser back to the public address, and there the cookie has to be known.
  if (moved === undefined && request.host.toLowerCase() !== base.host) {
    return reply.redirect(`${base.origin}/auth/oidc/start?${new URLSearchParams({ moved: '1', return_to }).toString()}`, 302);
  }
  const { url, sealed } = await flow.begin({ redirectUri: redirectUri(ctx), returnTo: pageOf(base, return_to) });
  setFlowCookie(ctx, reply, sealed);
  return reply.redirect(url, 302);
}

/** The page as an address of this server; its first page for anything that would lead elsewhere. */
function pageOf(base: URL, returnTo: string): string {
  const url = URL.parse(returnTo, base.href);
  return url === null || url.origin !== base.origin || url.pathname.startsWith('/auth/') ? base.href : url.href;
}
