import { routes } from '@ai-sessions/protocol';
import { defineRoute } from '../../route.ts';

const defaultLimit = 1000;

export const sessionHistory = defineRoute(routes.sessionHistory, {
  async handler(ctx, { user, params, query }) {
    const { envelopes, lastSeq, more } = await ctx.sessions.history(
      user.userId,
      params.id,
      query.after_seq ?? 0,
      query.limit ?? defaultLimit,
    );
    // Envelopes are JSON texts already: parsing them only to write them again would be most of the work.
    return { status: 200, json: `{"messages":[${envelopes.join(',')}],"last_seq":${lastSeq},"more":${more}}` };
  },
});
