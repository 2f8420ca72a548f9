import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const updateSession = defineRoute(routes.updateSession, {
  async handler(ctx, { user, params, body }) {
    return { status: 200, body: { session: await ctx.sessions.update(user.userId, params.id, body) } };
  },
});
