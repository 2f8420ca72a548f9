import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const listEgress = defineRoute(routes.listEgress, {
  async handler(ctx, { user, params, query }) {
    return { status: 200, body: await ctx.sessions.egress(user.userId, params.id, query) };
  },
});
