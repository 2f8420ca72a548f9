import type { CredentialStatus, CredentialType } from '@ai-sessions/protocol';

/** The users' Anthropic credentials. */
export interface Credentials {
  /** Stores an API key in place of any earlier credential. @throws ApiError `invalid_api_key`. */
  storeApiKey(userId: string, apiKey: string): Promise<void>;
  /** Stores a long-lived Claude token in place of any earlier credential. */
  storeOauthToken(userId: string, token: string): Promise<void>;
  status(userId: string): Promise<CredentialStatus>;
  /** The kind that is stored, or null: cheap, opens nothing. */
  kind(userId: string): Promise<CredentialType | null>;
  /** The secret itself, for the gateway only; null if none is stored. */
  secret(userId: string): Promise<{ readonly type: CredentialType; readonly secret: string } | null>;
  remove(userId: string): Promise<void>;
}
