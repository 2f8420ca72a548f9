import { createHash, randomBytes } from 'node:crypto';
import { ApiError } from '@ai-sessions/protocol';
import type { Clock } from '../clock.ts';
import type { RefreshRow, SignInStore } from '../store/store.ts';
import type { TokenIssuer } from './auth.ts';

const codeLifetime = 15 * 60_000;
const refreshLifetime = 30 * 86_400_000;
const accessSeconds = 15 * 60;
/** How long a refresh that was just made is given again, so that two tabs or a lost reply do not sign a user out. */
const replayLifetime = 10_000;
const replaysKept = 1000;

/** What a browser or a script gets when it signs in or refreshes. */
export interface SignedIn {
  /** Access token. */
  readonly token: string;
  /** Seconds until the access token ends. */
  readonly expiresIn: number;
  readonly userId: string;
  readonly email: string;
  /** Good for one refresh within 30 days. */
  readonly refreshToken: string;
}

/** Signing in at the local issuer: one-time codes (the link that is printed) and refresh tokens that change at each use. */
export interface SignIn {
  /** A code of 256 random bits for this user: good once, for 15 minutes. */
  newCode(user: { readonly userId: string; readonly email: string }): Promise<string>;
  /** @throws ApiError `unauthorized` if the code is unknown, used or expired. Of two that race with one code, one gets in. */
  exchange(code: string): Promise<SignedIn>;
  /** Gives a new pair for a refresh token; the old one ends. @throws ApiError `unauthorized` if it is unknown, used or expired. */
  refresh(refreshToken: string): Promise<SignedIn>;
  /** Ends a refresh token; one that is unknown is none anyway. Gives whose it was. */
  signOut(refreshToken: string): Promise<string | null>;
}

export function createSignIn(options: {
  readonly store: { readonly signIns: SignInStore };
  readonly issuer: TokenIssuer;
  readonly clock: Clock;
}): SignIn {
  const { issuer, clock } = options;
  const { signIns } = options.store;
  const replays = new Map<string, { readonly until: number; readonly result: Promise<SignedIn> }>();

  const rowFor = (secret: string, user: { userId: string; email: string }, lifetime: number): RefreshRow => ({
    hash: hashOf(secret),
    user_id: user.userId,
    email: user.email,
    expires_at: new Date(clock.now() + lifetime).toISOString(),
  });

  async function signedIn(row: RefreshRow): Promise<SignedIn> {
    const user = { userId: row.user_id, email: row.email };
    const refreshToken = newSecret();
    await signIns.putRefresh(rowFor(refreshToken, user, refreshLifetime));
    return { token: await issuer.issue(user, accessSeconds), expiresIn: accessSeconds, ...user, refreshToken };
  }

  async function rotate(hash: string): Promise<SignedIn> {
    const row = await signIns.getRefresh(hash, clock.timestamp());
    if (row === null) throw new ApiError('unauthorized', 'You are signed out. Sign in again.');
    // The new one first: if the server ends in between, the user still has the old one.
    const next = await signedIn(row);
    await signIns.removeRefresh(hash);
    return next;
  }

  function forgetReplays(): void {
    for (const [hash, replay] of replays) {
      if (replay.until > clock.now() && replays.size < replaysKept) return;
      replays.delete(hash);
    }
  }

  return {
    async newCode(user) {
      const code = newSecret();
      await signIns.putCode(rowFor(code, user, codeLifetime));
      return code;
    },
    async exchange(code) {
      const row = await signIns.takeCode(hashOf(code), clock.timestamp());
      if (row === null) throw new ApiError('unauthorized', 'This sign-in link was used or has expired. Ask for a new one.');
      return await signedIn(row);
    },
    refresh(refreshToken) {
      const hash = hashOf(refreshToken);
      forgetReplays();
      const replay = replays.get(hash);
      if (replay !== undefined) return replay.result;
      const result = rotate(hash);
      replays.set(hash, { until: clock.now() + replayLifetime, result });
      result.catch(() => replays.delete(hash));
      return result;
    },
    async signOut(refreshToken) {
      const hash = hashOf(refreshToken);
      replays.delete(hash);
      const row = await signIns.getRefresh(hash, clock.timestamp());
      await signIns.removeRefresh(hash);
      return row?.user_id ?? null;
    },
  };
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
