import { routes } from '@ai-sessions/protocol';
import { fillMasked } from '../../../profiles/secrets.ts';
import { defineRoute } from '../../route.ts';

export const testMcpServer = defineRoute(routes.testMcpServer, {
  limit: 'mcp_test',
  async handler(ctx, { user, body: { server, profile_id, name } }) {
    const profile = profile_id === undefined ? null : await ctx.profiles.resolve(user.userId, profile_id);
    const stored = profile === null || name === undefined ? undefined : profile.settings.mcp_servers[name];
    return { status: 200, body: await ctx.dispatcher.testMcpServer(fillMasked(server, stored)) };
  },
});
