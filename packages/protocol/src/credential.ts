import { z } from 'zod';
import { oauthSessionId, timestamp } from './ids.ts';

export const credentialType = z.enum(['api_key', 'oauth_token', 'demo']);
export type CredentialType = z.infer<typeof credentialType>;

export const storeApiKey = z.strictObject({ api_key: z.string().max(1000) }).meta({ id: 'StoreApiKey' });

export const credentialStatus = z
  .strictObject({ has_credentials: z.boolean(), credential_type: credentialType.optional(), created_at: timestamp.optional() })
  .meta({ id: 'CredentialStatus' });
export type CredentialStatus = z.infer<typeof credentialStatus>;

export const oauthStarted = z.strictObject({ oauth_session_id: oauthSessionId, expires_in: z.int(), message: z.string() });
export const oauthUrl = z.strictObject({
  status: z.enum(['pending', 'ready', 'failed']),
  url: z.string().optional(),
  error: z.string().optional(),
  message: z.string(),
});
export const submitOauthCode = z.strictObject({ session_id: oauthSessionId, code: z.string().min(1).max(4096) });
export const oauthCompleted = z.strictObject({ success: z.literal(true), status: z.literal('completed'), message: z.string() });
