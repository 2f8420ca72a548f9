import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const usage = defineRoute(routes.usage, {
  async handler(ctx, { user, query }) {
    return { status: 200, body: await ctx.usage.report(user.userId, query) };
  },
});
