import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

export const createSession = defineRoute(routes.createSession, {
  limit: 'create_session',
  async handler(ctx, { user, body }) {
    const { session, created } = await ctx.sessions.create(user.userId, body ?? {});
    return created ? { status: 201, body: { session } } : { status: 200, body: { session } };
  },
});
