import type { AuditEntry } from '@ai-sessions/protocol';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { readCursor, writeCursor } from '../sessions/cursor.ts';
import type { Store } from '../store/store.ts';
import type { Audit } from './audit.ts';

const usualLimit = 50;
const place = z.tuple([z.string().regex(/^\d{1,15}$/)]);

export function createAudit({ store, clock }: { readonly store: Pick<Store, 'audit'>; readonly clock: Clock }): Audit {
  return {
    record: (userId, action, subject, detail = {}) =>
      store.audit.append({ user_id: userId, at: clock.timestamp(), action, subject, detail: JSON.stringify(detail) }),
    async list(userId, query) {
      const limit = query.limit ?? usualLimit;
      const seen = readCursor(query.cursor, place);
      const rows = await store.audit.list({ userId, limit: limit + 1, before: seen === null ? null : Number(seen[0]) });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        entries: page.map(({ at, action, subject, detail }) => ({
          at,
          action,
          subject,
          detail: JSON.parse(detail) as AuditEntry['detail'],
        })),
        next_cursor: rows.length > limit && last !== undefined ? writeCursor([String(last.n)]) : '',
      };
    },
  };
}
