import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const requestDownload = defineRoute(routes.requestDownload, {
  async handler(ctx, { user, params, body }) {
    return { status: 200, body: await ctx.files.requestDownload(user.userId, params.id, body.path, body.archive) };
  },
});
