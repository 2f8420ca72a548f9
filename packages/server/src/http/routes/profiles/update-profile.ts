import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const updateProfile = defineRoute(routes.updateProfile, {
  async handler(ctx, { user, params, body }) {
    return { status: 200, body: { profile: await ctx.profiles.update(user.userId, params.id, body) } };
  },
});
