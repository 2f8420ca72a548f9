import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const deleteProfile = defineRoute(routes.deleteProfile, {
  async handler(ctx, { user, params }) {
    await ctx.profiles.remove(user.userId, params.id);
    return { status: 200, body: { deleted: true } };
  },
});
