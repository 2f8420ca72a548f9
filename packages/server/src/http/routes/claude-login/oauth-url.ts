import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const oauthUrl = defineRoute(routes.oauthUrl, {
  async handler(ctx, { user, query }) {
    return { status: 200, body: ctx.claudeLogin.address(user.userId, query.session_id) };
  },
});
