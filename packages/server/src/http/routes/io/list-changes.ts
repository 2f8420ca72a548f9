import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const listChanges = defineRoute(routes.listChanges, {
  async handler(ctx, { user, params, query }) {
    return { status: 200, body: await ctx.files.changes(user.userId, params.id, query.since ?? 'start') };
  },
});
