import { ApiError, routes } from '@ai-sessions/protocol';
import type { Identity } from '../../../auth/auth.ts';
import type { ServerConfig } from '../../../config.ts';
import type { AppContext } from '../../../context.ts';
import type { CredentialRow, UserRow } from '../../../store/store.ts';
import { defineRoute } from '../../route.ts';

export const register = defineRoute(routes.register, {
  limit: 'register',
  async handler(ctx, { user }) {
    const known = await ctx.store.users.get(user.userId);
    if (known !== null) await ensureDemoCredential(ctx, known);
    const { registered_at } = known ?? (await registerNew(ctx, user));
    return { status: 200, body: { registered: true, registered_at } };
  },
});

async function registerNew(ctx: AppContext, identity: Identity): Promise<UserRow> {
  checkEmailDomain(ctx.config, identity);
  const user = { id: identity.userId, email: identity.email, registered_at: ctx.clock.timestamp(), data_key: ctx.vault.newDataKey() };
  const maxUsers = ctx.config.sandbox === 'none' ? 1 : null;
  const outcome = await ctx.store.users.register(user, ctx.profiles.starters(user.id), demoCredential(ctx, user), maxUsers);
  if ('user' in outcome) {
    await ctx.audit.record(user.id, 'registered', null);
    return outcome.user;
  }
  throw new ApiError(
    'forbidden',
    'This server runs sessions without a sandbox (AI_SESSIONS_SANDBOX=none) and therefore takes one user only, who is registered already. ' +
      'Ask the operator to install bubblewrap and to set AI_SESSIONS_SANDBOX=bubblewrap.',
  );
}

/** Somebody who registered before the demo was switched on has no credential for it yet. */
async function ensureDemoCredential(ctx: AppContext, user: UserRow): Promise<void> {
  const credential = demoCredential(ctx, user);
  if (credential !== null && (await ctx.credentials.kind(user.id)) === null) await ctx.store.credentials.put(credential);
}

function checkEmailDomain({ emailDomains }: ServerConfig, { email, emailVerified }: Identity): void {
  if (emailDomains === '*') return;
  if (!emailVerified) {
    throw new ApiError(
      'email_domain_not_allowed',
      'Your email address is not verified. Verify it where you sign in, sign in again, and register then.',
    );
  }
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (!emailDomains.includes(domain)) {
    throw new ApiError(
      'email_domain_not_allowed',
      `Addresses of ${domain} may not register here. Sign in with an address of an allowed domain, or ask the operator to add it to AI_SESSIONS_EMAIL_DOMAINS.`,
    );
  }
}

/** In the demo the model is a script that asks for no key; what is stored only says so. */
function demoCredential(ctx: AppContext, user: UserRow): CredentialRow | null {
  if (!ctx.config.demo) return null;
  return { user_id: user.id, type: 'demo', sealed: ctx.vault.seal(user, 'credential', 'demo'), created_at: ctx.clock.timestamp() };
}
