import { hkdfSync } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { TokenVerifier } from '../auth.ts';
import type { SignIn } from '../sign-in.ts';
import { boundSignIn } from './bounded-sign-in.ts';
import { type CodeFlow, createCodeFlow } from './code-flow.ts';
import { eitherVerifier } from './either-verifier.ts';
import { createFlowSeal } from './flow-seal.ts';
import { createOidcIssuer } from './oidc-issuer.ts';
import type { OidcSettings } from './oidc-settings.ts';
import { createOidcVerifier } from './oidc-verifier.ts';

/** A working day: the web UI then asks the issuer again, which answers by itself while its own session lasts. */
const signInLifetimeMs = 12 * 3_600_000;

/** Users of an OpenID Connect issuer. In both kinds of token the user is the issuer's `sub`. */
export interface Oidc {
  /** Takes the issuer's access tokens, for the API, and those of this server, which its own web UI uses. */
  readonly verifier: TokenVerifier;
  /** What the web UI holds after signing in at the issuer: ends 12 h after it began. */
  readonly signIn: SignIn;
  readonly flow: CodeFlow;
  /** Looks whether the issuer answers; if not, the log says why. Never throws. */
  probe(): Promise<void>;
}

export interface OidcOptions {
  readonly settings: OidcSettings;
  /** Verifies what this server issued itself. */
  readonly own: TokenVerifier;
  /** Issues this server's own tokens to whom the issuer has vouched for. */
  readonly signIn: SignIn;
  readonly masterKey: Buffer;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  readonly fetch?: typeof fetch;
}

export function createOidc({ settings, own, signIn, masterKey, clock, log, fetch = globalThis.fetch }: OidcOptions): Oidc {
  const keyFor = (use: string) => Buffer.from(hkdfSync('sha256', masterKey, '', `ai-sessions oidc ${use} v1`, 32));
  const onTrouble = (error: unknown) => log.warn({ err: error, issuer: settings.issuer }, 'the OpenID Connect issuer cannot be used');
  const issuer = createOidcIssuer({ issuer: settings.issuer, clock, fetch, onTrouble });
  const foreign = createOidcVerifier({ issuer, audience: settings.audience, clock });
  return {
    verifier: eitherVerifier({ own, foreign, issuer: settings.issuer }),
    signIn: boundSignIn(signIn, { key: keyFor('refresh'), clock, lifetimeMs: signInLifetimeMs }),
    flow: createCodeFlow({ settings, issuer, seal: createFlowSeal(keyFor('flow'), clock), fetch }),
    async probe() {
      const metadata = await issuer.metadata().catch(() => null);
      if (metadata !== null) log.info({ issuer: metadata.issuer }, 'the OpenID Connect issuer answers');
    },
  };
}
