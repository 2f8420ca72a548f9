/** Who a verified token speaks for. */
export interface Identity {
  /** `sub` of the token. */
  readonly userId: string;
  readonly email: string;
  readonly emailVerified: boolean;
  /** Milliseconds since the epoch at which the token ends. */
  readonly expiresAt: number;
}

/** Verifies access tokens; one implementation an issuer kind. */
export interface TokenVerifier {
  /**
   * @throws ApiError `unauthorized` for a token that is missing, malformed, of another issuer, or over its `exp` (5 s leeway);
   * `unavailable` while a foreign issuer cannot be asked for its keys.
   */
  verify(token: string): Promise<Identity>;
}

/** Issues access tokens where this server is itself the issuer. */
export interface TokenIssuer {
  issue(user: { readonly userId: string; readonly email: string }, ttlSeconds: number): Promise<string>;
}
