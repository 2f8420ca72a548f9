import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const credentialStatus = defineRoute(routes.credentialStatus, {
  async handler(ctx, { user }) {
    return { status: 200, body: await ctx.credentials.status(user.userId) };
  },
});
