import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const listSessions = defineRoute(routes.listSessions, {
  async handler(ctx, { user, query }) {
    return { status: 200, body: await ctx.sessions.list(user.userId, query) };
  },
});
