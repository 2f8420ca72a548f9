import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const createProfile = defineRoute(routes.createProfile, {
  async handler(ctx, { user, body }) {
    return { status: 201, body: { profile: await ctx.profiles.create(user.userId, body) } };
  },
});
