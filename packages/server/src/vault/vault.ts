/**
 * Seals users' secrets: AES-256-GCM under a data key per user, itself wrapped by the master key.
 * All texts are opaque and carry their own version.
 */
export interface Vault {
  /** A fresh data key for a new user, wrapped. */
  newDataKey(): string;
  /** Seals `plain`. `purpose` and the user's id are bound in: a sealed text cannot be moved to another user or use. */
  seal(owner: { readonly id: string; readonly data_key: string }, purpose: VaultPurpose, plain: string): string;
  /** @throws Error if the text was sealed for another owner or purpose, was changed, or the master key is another. */
  open(owner: { readonly id: string; readonly data_key: string }, purpose: VaultPurpose, sealed: string): string;
}

export type VaultPurpose = 'credential' | 'profile' | 'session';
