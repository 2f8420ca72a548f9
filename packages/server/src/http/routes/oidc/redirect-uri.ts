import type { AppContext } from '../../../context.ts';

/** Where the issuer sends browsers back to: what the operator registers there. */
export function redirectUri(ctx: Pick<AppContext, 'publicUrl'>): string {
  return `${ctx.publicUrl()}/auth/oidc/callback`;
}
