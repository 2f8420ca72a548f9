import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const storeApiKey = defineRoute(routes.storeApiKey, {
  async handler(ctx, { user, body }) {
    await ctx.credentials.storeApiKey(user.userId, body.api_key);
    return { status: 200, body: { success: true, message: 'The API key is stored, encrypted. Your sessions use it from now on.' } };
  },
});
