import type { AuditRow, AuditStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Procedures } from './procedures.ts';

export function auditProcedures(database: Database): Procedures<AuditStore> {
  return {
    reads: new Set(['list']),
    methods: {
      append({ user_id, at, action, subject, detail }) {
        database.run(
          'INSERT INTO audit (user_id, at, action, subject, detail) SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?1)',
          user_id,
          at,
          action,
          subject,
          detail,
        );
      },
      list: ({ userId, limit, before }) =>
        database.all<AuditRow>(
          'SELECT n, user_id, at, action, subject, detail FROM audit WHERE user_id = ?1 AND (?2 IS NULL OR n < ?2) ORDER BY n DESC LIMIT ?3',
          userId,
          before,
          limit,
        ),
    },
  };
}
