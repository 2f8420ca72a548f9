import { routes } from '@ai-sessions/protocol';
import { planNotice } from '../../../claude-login/login-refusal.ts';
import { defineRoute } from '../../route.ts';

export const submitOauthCode = defineRoute(routes.submitOauthCode, {
  async handler(ctx, { user, body }) {
    await ctx.claudeLogin.submit(user.userId, body.session_id, body.code);
    const message = `You are signed in with Claude. The token is stored, encrypted; your sessions use it from now on. ${planNotice}`;
    return { status: 200, body: { success: true, status: 'completed', message } };
  },
});
