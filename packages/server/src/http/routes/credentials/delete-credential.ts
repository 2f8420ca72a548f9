import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const deleteCredential = defineRoute(routes.deleteCredential, {
  async handler(ctx, { user }) {
    await ctx.credentials.remove(user.userId);
    return { status: 200, body: { success: true } };
  },
});
