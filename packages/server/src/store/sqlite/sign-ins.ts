import type { RefreshRow, SignInStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Procedures } from './procedures.ts';

export function signInProcedures(database: Database): Procedures<SignInStore> {
  const put = (table: 'sign_in_codes' | 'refresh_tokens', row: RefreshRow) => {
    database.run(
      `INSERT OR REPLACE INTO ${table} (hash, user_id, email, expires_at) VALUES (?, ?, ?, ?)`,
      row.hash,
      row.user_id,
      row.email,
      row.expires_at,
    );
  };
  const get = (table: 'sign_in_codes' | 'refresh_tokens', hash: string, now: string) => {
    database.run(`DELETE FROM ${table} WHERE expires_at <= ?`, now);
    return database.first<RefreshRow>(`SELECT hash, user_id, email, expires_at FROM ${table} WHERE hash = ?`, hash);
  };
  return {
    reads: new Set(),
    methods: {
      putCode: (row) => put('sign_in_codes', row),
      takeCode(hash, now) {
        const row = get('sign_in_codes', hash, now);
        if (row !== null) database.run('DELETE FROM sign_in_codes WHERE hash = ?', hash);
        return row;
      },
      putRefresh: (row) => put('refresh_tokens', row),
      getRefresh: (hash, now) => get('refresh_tokens', hash, now),
      removeRefresh(hash) {
        database.run('DELETE FROM refresh_tokens WHERE hash = ?', hash);
      },
    },
  };
}
