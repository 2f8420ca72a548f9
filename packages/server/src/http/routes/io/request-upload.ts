import { routes } from '@ai-sessions/protocol';
import { tooManyUploads } from '../../../files/upload-budget.ts';
import { stateOf } from '../../request-state.ts';
import { defineRoute } from '../../route.ts';

export const requestUpload = defineRoute(routes.requestUpload, {
  async handler(ctx, { user, params, body, request }) {
    // Nobody takes from the budget of somebody else's session.
    await ctx.sessions.get(user.userId, params.id);
    const state = await ctx.limits.take('uploads', params.id);
    stateOf(request).rateLimit = { name: 'uploads', key: params.id, state };
    if (!state.allowed) throw tooManyUploads(state);
    return { status: 200, body: await ctx.files.requestUpload(user.userId, params.id, body) };
  },
});
