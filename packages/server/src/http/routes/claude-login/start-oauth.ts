import { routes } from '@ai-sessions/protocol';
import { planNotice } from '../../../claude-login/login-refusal.ts';
import { defineRoute } from '../../route.ts';

export const startOauth = defineRoute(routes.startOauth, {
  limit: 'claude_login',
  async handler(ctx, { user }) {
    const { id, expiresIn } = ctx.claudeLogin.start(user.userId);
    const message = `Get the address to authorize at: GET /v1/auth/claude/url?session_id=${id}. ${planNotice}`;
    return { status: 200, body: { oauth_session_id: id, expires_in: expiresIn, message } };
  },
});
