import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const listAudit = defineRoute(routes.listAudit, {
  async handler(ctx, { user, query }) {
    return { status: 200, body: await ctx.audit.list(user.userId, query) };
  },
});
