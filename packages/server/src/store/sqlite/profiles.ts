import type { Settings } from '@ai-sessions/protocol';
import type { ProfileRow, ProfileStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Procedures } from './procedures.ts';

type StoredRow = Omit<ProfileRow, 'is_default' | 'settings'> & { readonly is_default: number; readonly settings: string };

const columns = 'id, user_id, name, description, is_default, settings, secrets, version, created_at, updated_at';

export function profileProcedures(database: Database): Procedures<ProfileStore> {
  const get = (userId: string, profileId: string) =>
    fromStored(database.first<StoredRow>(`SELECT ${columns} FROM profiles WHERE user_id = ? AND id = ?`, userId, profileId));
  const count = (userId: string) => database.first<{ n: number }>('SELECT count(*) AS n FROM profiles WHERE user_id = ?', userId)?.n ?? 0;
  return {
    reads: new Set(['list', 'get', 'getDefault']),
    methods: {
      list: (userId) =>
        database
          .all<StoredRow>(`SELECT ${columns} FROM profiles WHERE user_id = ? ORDER BY is_default DESC, created_at, id`, userId)
          .map((row) => present(row)),
      get,
      getDefault: (userId) =>
        fromStored(database.first<StoredRow>(`SELECT ${columns} FROM profiles WHERE user_id = ? AND is_default = 1`, userId)),
      insert(row, max) {
        const already = count(row.user_id);
        if (already >= max) return 'limit';
        const stored = { ...row, is_default: already === 0 };
        insertProfile(database, stored);
        return stored;
      },
      update(row) {
        const changed = database.run(
          'UPDATE profiles SET name = ?, description = ?, settings = ?, secrets = ?, updated_at = ?, version = version + 1 WHERE user_id = ? AND id = ? AND version = ?',
          row.name,
          row.description,
          JSON.stringify(row.settings),
          row.secrets,
          row.updated_at,
          row.user_id,
          row.id,
          row.version,
        );
        return changed === 0 ? null : get(row.user_id, row.id);
      },
      remove(userId, profileId) {
        const row = get(userId, profileId);
        if (row === null) return 'not_found';
        if (row.is_default) return 'default';
        database.run('DELETE FROM profiles WHERE user_id = ? AND id = ?', userId, profileId);
        return 'removed';
      },
      setDefault(userId, profileId, at) {
        const row = get(userId, profileId);
        if (row === null || row.is_default) return row;
        database.run('UPDATE profiles SET is_default = 0 WHERE user_id = ? AND is_default = 1', userId);
        database.run('UPDATE profiles SET is_default = 1, updated_at = ? WHERE user_id = ? AND id = ?', at, userId, profileId);
        return get(userId, profileId);
      },
    },
  };
}

export function insertProfile(database: Database, row: ProfileRow): void {
  database.run(
    `INSERT INTO profiles (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    row.user_id,
    row.name,
    row.description,
    row.is_default ? 1 : 0,
    JSON.stringify(row.settings),
    row.secrets,
    row.version,
    row.created_at,
    row.updated_at,
  );
}

function fromStored(row: StoredRow | null): ProfileRow | null {
  return row === null ? null : present(row);
}

function present(row: StoredRow): ProfileRow {
  return { ...row, is_default: row.is_default === 1, settings: JSON.parse(row.settings) as Settings };
}
