import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const completeUpload = defineRoute(routes.completeUpload, {
  async handler(ctx, { user, params, body }) {
    const { path } = await ctx.files.completeUpload(user.userId, params.id, body.upload_id);
    return { status: 200, body: { success: true, path } };
  },
});
