import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const answerApproval = defineRoute(routes.answerApproval, {
  async handler(ctx, { user, params, body }) {
    return { status: 200, body: await ctx.sessions.answerAsk(user.userId, params.id, body) };
  },
});
