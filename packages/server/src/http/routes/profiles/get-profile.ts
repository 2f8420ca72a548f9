import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const getProfile = defineRoute(routes.getProfile, {
  async handler(ctx, { user, params }) {
    return { status: 200, body: { profile: await ctx.profiles.get(user.userId, params.id) } };
  },
});
