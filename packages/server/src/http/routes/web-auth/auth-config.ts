import { defineRoute } from '../../route.ts';
import { webAuthContract } from './web-auth-contract.ts';

export const authConfig = defineRoute(webAuthContract.config, {
  async handler({ config }) {
    return { status: 200, body: { mode: config.oidc === null ? 'local' : 'oidc', demo: config.demo, claude_login: config.claudeLogin } };
  },
});
