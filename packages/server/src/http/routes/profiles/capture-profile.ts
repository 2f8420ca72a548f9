import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const captureProfile = defineRoute(routes.captureProfile, {
  async handler(ctx, { user, params, body }) {
    const settings = await ctx.sessions.effectiveSettings(user.userId, params.id);
    return { status: 201, body: { profile: await ctx.profiles.create(user.userId, { ...settings, ...body }) } };
  },
});
