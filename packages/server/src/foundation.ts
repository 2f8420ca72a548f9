import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Audit } from './audit/audit.ts';
import { auditedCredentials } from './audit/audited-credentials.ts';
import { auditedProfiles } from './audit/audited-profiles.ts';
import { auditedSignIn } from './audit/audited-sign-in.ts';
import { createAudit } from './audit/create-audit.ts';
import type { TokenIssuer, TokenVerifier } from './auth/auth.ts';
import { createLocalIssuer } from './auth/local/local-issuer.ts';
import { type Oidc, createOidc } from './auth/oidc/oidc.ts';
import { type SignIn, createSignIn } from './auth/sign-in.ts';
import type { Bus } from './bus/bus.ts';
import { createMemoryBus } from './bus/memory/memory-bus.ts';
import { type Clock, systemClock } from './clock.ts';
import type { ServerConfig } from './config.ts';
import type { Credentials } from './credentials/credentials.ts';
import { createCredentials } from './credentials/stored-credentials.ts';
import { type Ids, randomIds } from './ids.ts';
import { createRateLimits } from './limits/memory-rate-limits.ts';
import type { RateLimits } from './limits/rate-limits.ts';
import { createProfiles } from './profiles/create-profiles.ts';
import type { Profiles } from './profiles/profiles.ts';
import { readOrCreateRunnerToken, runnerTokenCheck } from './runners/runner-token.ts';
import type { StoreFailure } from './store/store-failure.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { createUsage } from './usage/create-usage.ts';
import type { Usage } from './usage/usage.ts';
import { createVault } from './vault/aes-vault.ts';
import { loadMasterKey } from './vault/master-key.ts';
import type { Vault } from './vault/vault.ts';

/** What everything else stands on: settings, keys, ports, users' belongings. Knows no session and no runner. */
export interface Foundation {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly masterKey: Buffer;
  readonly isRunnerToken: (token: string) => boolean;
  readonly vault: Vault;
  readonly store: Store;
  readonly bus: Bus;
  readonly limits: RateLimits;
  readonly credentials: Credentials;
  readonly profiles: Profiles;
  readonly usage: Usage;
  readonly audit: Audit;
  readonly issuer: TokenIssuer;
  readonly verifier: TokenVerifier;
  readonly signIn: SignIn;
  /** Null where this server itself is the issuer. */
  readonly oidc: Oidc | null;
  /** Aborted when the server drains. */
  readonly shutdown: AbortSignal;
  readonly publicUrl: () => string;
}

/**
 * Reads or makes the keys and opens the database; what has to be closed again goes into `parts`.
 * @throws Error when a key file or the database cannot be used.
 */
export async function layFoundation(
  given: Pick<Foundation, 'config' | 'log' | 'shutdown' | 'publicUrl'>,
  parts: AsyncDisposableStack,
): Promise<Foundation> {
  const { config, log } = given;
  const clock = systemClock;
  const ids = randomIds;
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const masterKey = loadMasterKey(config);
  const isRunnerToken = runnerTokenCheck(readOrCreateRunnerToken(config.dataDir));
  const vault = createVault(masterKey);
  const issuer = await createLocalIssuer({ dataDir: config.dataDir, clock });
  const store = parts.use(
    openSqliteStore({ file: path.join(config.dataDir, 'ai-sessions.db'), onTrouble: (failure) => tellOfStore(log, failure) }),
  );
  await store.ping();
  await checkOneUser(config, store);
  const audit = createAudit({ store, clock });
  const ownSignIn = auditedSignIn(createSignIn({ store, issuer, clock }), audit);
  const oidc = config.oidc === null ? null : createOidc({ settings: config.oidc, own: issuer, signIn: ownSignIn, masterKey, clock, log });
  return {
    ...given,
    clock,
    ids,
    masterKey,
    isRunnerToken,
    vault,
    store,
    bus: parts.use(createMemoryBus()),
    limits: createRateLimits(config.limits),
    audit,
    credentials: auditedCredentials(createCredentials({ store, vault, clock, config }), audit),
    profiles: auditedProfiles(createProfiles({ store, vault, clock, ids, config }), audit),
    usage: createUsage({ store, clock, config }),
    issuer,
    verifier: oidc?.verifier ?? issuer,
    signIn: oidc?.signIn ?? ownSignIn,
    oidc,
  };
}

/** Without a sandbox whoever starts a session can read what all others have, their keys included. */
async function checkOneUser({ sandbox, dataDir }: ServerConfig, store: Store): Promise<void> {
  if (sandbox !== 'none') return;
  const users = await store.users.count();
  if (users <= 1) return;
  throw new Error(
    `AI_SESSIONS_SANDBOX=none is for one user, and ${users} are registered in ${dataDir}. Install bubblewrap (apt-get install -y bubblewrap socat) and set AI_SESSIONS_SANDBOX=bubblewrap, or give AI_SESSIONS_DATA_DIR another directory.`,
  );
}

function tellOfStore(log: Logger, failure: StoreFailure | null): void {
  if (failure === null) log.info('the database takes writes again');
  else
    log.error({ err: failure }, failure.reason === 'full' ? 'the disk of the database is full: make room' : 'the database refuses writes');
}
