import type { Settings } from '@ai-sessions/protocol';
import { joinSecrets, secretParts } from '../profiles/secrets.ts';
import type { SessionRow, Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';

/** A session's effective settings with its secrets opened. */
export async function openSettings(ctx: { readonly store: Store; readonly vault: Vault }, row: SessionRow): Promise<Settings> {
  const { settings, user_id } = row.state;
  if (row.secrets === null) return settings;
  const user = await ctx.store.users.get(user_id);
  if (user === null) throw new Error('the session has no user');
  return joinSecrets(settings, secretParts.parse(JSON.parse(ctx.vault.open(user, 'session', row.secrets))));
}
