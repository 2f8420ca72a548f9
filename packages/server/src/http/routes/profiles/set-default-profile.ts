import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const setDefaultProfile = defineRoute(routes.setDefaultProfile, {
  async handler(ctx, { user, params }) {
    return { status: 200, body: { profile: await ctx.profiles.setDefault(user.userId, params.id) } };
  },
});
