import type { CredentialRow, CredentialStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Procedures } from './procedures.ts';

export function credentialProcedures(database: Database): Procedures<CredentialStore> {
  return {
    reads: new Set(['get']),
    methods: {
      put: (row) => insertCredential(database, row),
      get: (userId) => database.first<CredentialRow>('SELECT user_id, type, sealed, created_at FROM credentials WHERE user_id = ?', userId),
      remove(userId) {
        database.run('DELETE FROM credentials WHERE user_id = ?', userId);
      },
    },
  };
}

/** Stores the credential in place of any earlier one. */
export function insertCredential(database: Database, row: CredentialRow): void {
  database.run(
    'INSERT OR REPLACE INTO credentials (user_id, type, sealed, created_at) VALUES (?, ?, ?, ?)',
    row.user_id,
    row.type,
    row.sealed,
    row.created_at,
  );
}
