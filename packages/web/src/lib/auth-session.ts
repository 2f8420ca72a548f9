import { ApiCallError, NetworkError } from '@ai-sessions/client';

export type AuthState =
  | { readonly status: 'starting' }
  | { readonly status: 'signed_in'; readonly email: string }
  | { readonly status: 'signed_out'; readonly why: 'no_session' | 'link_refused' | 'expired' | 'by_user' }
  /** The server cannot be asked; `message` says why. */
  | { readonly status: 'unreachable'; readonly message: string };

export interface AuthServer {
  post(path: string, body?: unknown): Promise<{ readonly status: number; readonly json: unknown }>;
}

interface Grant {
  readonly token: string;
  readonly expiresAt: number;
}

/** Renewed this long before it expires, so that no request meets the end of its token. */
const leewayMs = 60_000;

/**
 * Who is signed in, and the access token, held in memory only; what outlives the page is the server's own http-only cookie.
 * States: starting → signed_in ⇄ …; starting → signed_out; signed_in → signed_out (expired, or by the user); starting →
 * unreachable → starting.
 */
export class AuthSession {
  readonly #server: AuthServer;
  readonly #now: () => number;
  readonly #exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  readonly #listeners = new Set<() => void>();
  #state: AuthState = { status: 'starting' };
  #grant: Grant | undefined;
  #renewal: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `exclusively` runs one piece of work at a time over all pages of this site, since a renewal may use up the cookie. */
  constructor(server: AuthServer, now: () => number, exclusively: <T>(work: () => Promise<T>) => Promise<T>) {
    this.#server = server;
    this.#now = now;
    this.#exclusively = exclusively;
  }

  get state(): AuthState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Signs in with the one-time code of a link, or without one takes up the session of the cookie. */
  async start(code: string | undefined): Promise<void> {
    this.#become({ status: 'starting' });
    try {
      if (code !== undefined) {
        const reply = await this.#server.post('/auth/sign-in', { code });
        if (reply.status === 200) return this.#take(reply.json);
      }
      await this.#renew(code === undefined ? 'no_session' : 'link_refused');
    } catch (error) {
      this.#become({ status: 'unreachable', message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** The access token; a new one if it is about to expire or is the one that was rejected. Throws ApiCallError 401 when signed out. */
  async token(rejected?: string): Promise<string> {
    const isStale = this.#grant === undefined || this.#grant.token === rejected || this.#grant.expiresAt - this.#now() < leewayMs / 2;
    if (isStale && this.#state.status !== 'signed_out') await this.#renewOrKeep(rejected);
    if (this.#grant === undefined) throw new ApiCallError('unauthorized', 401, 'You are signed out. Sign in again.');
    return this.#grant.token;
  }

  /** Signs out here and on the server. Signed out here also when the server cannot be reached: the token is gone. */
  async signOut(): Promise<void> {
    this.#leave('by_user');
    await this.#server.post('/auth/sign-out').catch(() => undefined);
  }

  /** Another page of this site has signed out. */
  signedOutElsewhere(): void {
    if (this.#state.status === 'signed_in') this.#leave('by_user');
  }

  async #renewOrKeep(rejected: string | undefined): Promise<void> {
    const stillGood = (grant: Grant | undefined) => grant !== undefined && grant.token !== rejected && grant.expiresAt > this.#now();
    await this.#renew('expired').catch((error: unknown) => {
      if (!stillGood(this.#grant)) throw error;
    });
  }

  #renew(otherwise: Extract<AuthState, { status: 'signed_out' }>['why']): Promise<void> {
    this.#renewal ??= this.#exclusively(() => this.#server.post('/auth/refresh'))
      .then((reply) => {
        if (reply.status === 200) this.#take(reply.json);
        else if (reply.status === 401) this.#leave(otherwise);
        else throw new NetworkError(`The server answered with HTTP ${reply.status} when asked to renew the sign-in. Try again.`);
      })
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }

  #take(json: unknown): void {
    const { token, expires_in, email } = json as { token?: unknown; expires_in?: unknown; email?: unknown };
    if (typeof token !== 'string' || typeof expires_in !== 'number') {
      throw new NetworkError('The server sent a sign-in that this page does not understand. Reload the page.');
    }
    this.#grant = { token, expiresAt: this.#now() + expires_in * 1000 };
    clearTimeout(this.#timer);
    const wait = Math.min(Math.max(expires_in * 1000 - leewayMs, 5_000), 2 ** 31 - 1);
    this.#timer = setTimeout(() => void this.#renew('expired').catch(() => undefined), wait);
    const who = typeof email === 'string' ? email : '';
    if (this.#state.status !== 'signed_in' || this.#state.email !== who) this.#become({ status: 'signed_in', email: who });
  }

  #leave(why: Extract<AuthState, { status: 'signed_out' }>['why']): void {
    clearTimeout(this.#timer);
    this.#grant = undefined;
    this.#become({ status: 'signed_out', why });
  }

  #become(state: AuthState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
