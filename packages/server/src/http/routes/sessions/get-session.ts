import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const getSession = defineRoute(routes.getSession, {
  async handler(ctx, { user, params }) {
    return { status: 200, body: { session: await ctx.sessions.get(user.userId, params.id) } };
  },
});
