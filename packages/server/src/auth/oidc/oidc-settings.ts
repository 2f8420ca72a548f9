/** How this server stands to an OpenID Connect issuer; the operator's `AI_SESSIONS_OIDC_*`. */
export interface OidcSettings {
  /** The issuer's address as it names itself, e.g. `https://login.example.com/realms/team`; one slash at its end makes no difference. */
  readonly issuer: string;
  /** What `aud` of access tokens for the API must hold. */
  readonly audience: string;
  /** Under which the issuer knows this server's web UI. */
  readonly clientId: string;
  /** null: a public client, which proves itself by PKCE alone. */
  readonly clientSecret: string | null;
}
