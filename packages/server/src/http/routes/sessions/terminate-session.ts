import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const terminateSession = defineRoute(routes.terminateSession, {
  async handler(ctx, { user, params }) {
    await ctx.sessions.terminate(user.userId, params.id);
    return { status: 200, body: { terminated: true } };
  },
});
