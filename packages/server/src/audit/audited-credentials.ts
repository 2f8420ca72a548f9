import type { Credentials } from '../credentials/credentials.ts';
import type { Audit } from './audit.ts';

/** Credentials whose changes are written down. Reading one, as each model call does, is not. */
export function auditedCredentials(credentials: Credentials, audit: Audit): Credentials {
  return {
    ...credentials,
    async storeApiKey(userId, apiKey) {
      await credentials.storeApiKey(userId, apiKey);
      await audit.record(userId, 'credential_stored', null, { type: 'api_key' });
    },
    async storeOauthToken(userId, token) {
      await credentials.storeOauthToken(userId, token);
      await audit.record(userId, 'credential_stored', null, { type: 'oauth_token' });
    },
    async remove(userId) {
      await credentials.remove(userId);
      await audit.record(userId, 'credential_removed', null);
    },
  };
}
