import type { Logger } from 'pino';
import type { Audit } from './audit/audit.ts';
import type { TokenIssuer, TokenVerifier } from './auth/auth.ts';
import type { Bus } from './bus/bus.ts';
import type { ClaudeLogin } from './claude-login/claude-login.ts';
import type { Clock } from './clock.ts';
import type { ServerConfig } from './config.ts';
import type { Credentials } from './credentials/credentials.ts';
import type { Files } from './files/files.ts';
import type { Ids } from './ids.ts';
import type { RateLimits } from './limits/rate-limits.ts';
import type { Profiles } from './profiles/profiles.ts';
import type { Dispatcher } from './runners/dispatcher.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { Store } from './store/store.ts';
import type { Usage } from './usage/usage.ts';
import type { Vault } from './vault/vault.ts';

/** Everything a route or a socket may use, built in `foundation.ts` and `engine.ts`. */
export interface AppContext {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly store: Store;
  readonly bus: Bus;
  readonly vault: Vault;
  readonly issuer: TokenIssuer;
  readonly verifier: TokenVerifier;
  readonly credentials: Credentials;
  readonly claudeLogin: ClaudeLogin;
  readonly profiles: Profiles;
  readonly usage: Usage;
  readonly audit: Audit;
  readonly sessions: Sessions;
  readonly dispatcher: Dispatcher;
  readonly files: Files;
  readonly limits: RateLimits;
  /** Aborted when the server drains. */
  readonly shutdown: AbortSignal;
  /** Base of links given to users, known once the server listens. */
  publicUrl(): string;
}
