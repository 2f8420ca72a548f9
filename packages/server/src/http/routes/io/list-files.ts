import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const listFiles = defineRoute(routes.listFiles, {
  async handler(ctx, { user, params, query }) {
    return { status: 200, body: { entries: await ctx.files.list(user.userId, params.id, query.path ?? '/workspace') } };
  },
});
