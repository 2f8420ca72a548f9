import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const listApprovals = defineRoute(routes.listApprovals, {
  async handler(ctx, { user, query }) {
    return { status: 200, body: await ctx.sessions.listApprovals(user.userId, query) };
  },
});
