import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const deleteSessionRecord = defineRoute(routes.deleteSessionRecord, {
  async handler(ctx, { user, params }) {
    await ctx.sessions.deleteRecord(user.userId, params.id);
    return { status: 200, body: { deleted: true } };
  },
});
