import type { UploadRow, UploadStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Procedures } from './procedures.ts';

const columns = 'id, session_id, name, content_type, size, path, created_at, expires_at, purge_at';

export function uploadProcedures(database: Database): Procedures<UploadStore> {
  const get = (uploadId: string) => database.first<UploadRow>(`SELECT ${columns} FROM uploads WHERE id = ?`, uploadId);
  return {
    reads: new Set(['get']),
    methods: {
      insert(row, maxOpenBytes) {
        if (database.first('SELECT 1 FROM sessions WHERE id = ?', row.session_id) === null) return 'no_session';
        const open = database.all<{ name: string; size: number }>(
          'SELECT name, size FROM uploads WHERE session_id = ? AND path IS NULL AND expires_at > ?',
          row.session_id,
          row.created_at,
        );
        if (open.reduce((sum, other) => sum + other.size, row.size) > maxOpenBytes) return 'too_much';
        if (open.some((other) => other.name === row.name)) return 'name_taken';
        database.run(
          `INSERT INTO uploads (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          row.id,
          row.session_id,
          row.name,
          row.content_type,
          row.size,
          row.path,
          row.created_at,
          row.expires_at,
          row.purge_at,
        );
        return 'stored';
      },
      get,
      finish(uploadId, path, purgeAt) {
        database.run('UPDATE uploads SET path = ?, purge_at = ? WHERE id = ? AND path IS NULL', path, purgeAt, uploadId);
        return get(uploadId);
      },
      takeExpired: (now, limit) =>
        database.all<UploadRow>(
          `DELETE FROM uploads WHERE id IN (SELECT id FROM uploads WHERE purge_at <= ? ORDER BY purge_at LIMIT ?) RETURNING ${columns}`,
          now,
          limit,
        ),
    },
  };
}
