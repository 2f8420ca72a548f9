import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const getChange = defineRoute(routes.getChange, {
  async handler(ctx, { user, params, query }) {
    return { status: 200, body: await ctx.files.change(user.userId, params.id, query.since ?? 'start', query.path) };
  },
});
