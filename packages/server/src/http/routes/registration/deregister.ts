import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const deregister = defineRoute(routes.deregister, {
  async handler(ctx, { user: { userId } }) {
    await ctx.sessions.endAllOf(userId, 'cancelled');
    ctx.claudeLogin.forget(userId);
    for (const sessionId of await ctx.store.users.remove(userId)) {
      ctx.dispatcher.purge(sessionId);
      await ctx.files.forget(sessionId);
    }
    await ctx.limits.forget(userId);
    return { status: 200, body: { deregistered: true } };
  },
});
