import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const listProfiles = defineRoute(routes.listProfiles, {
  async handler(ctx, { user }) {
    return { status: 200, body: { profiles: await ctx.profiles.list(user.userId) } };
  },
});
