import type { LogStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Procedures } from './procedures.ts';

export function logProcedures(database: Database): Procedures<LogStore> {
  function read(sessionId: string, afterSeq: number, limit: number, maxBytes: number): { envelopes: string[]; lastSeq: number } {
    const envelopes: string[] = [];
    let size = 0;
    let lastSeq = afterSeq;
    const rows = database.each<{ seq: number; envelope: string }>(
      'SELECT seq, envelope FROM events WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?',
      sessionId,
      afterSeq,
      limit,
    );
    for (const row of rows) {
      size += Buffer.byteLength(row.envelope) + 1;
      if (envelopes.length > 0 && size > maxBytes) break;
      envelopes.push(row.envelope);
      lastSeq = row.seq;
    }
    return { envelopes, lastSeq };
  }

  return {
    reads: new Set(['read', 'page', 'at', 'lastSeqs']),
    methods: {
      read,
      page(sessionId, afterSeq, limit, maxBytes) {
        const { envelopes, lastSeq } = read(sessionId, afterSeq, limit, maxBytes);
        // One text, put together here: many are copied to another thread one by one, and bytes of this size have each side's garbage collected.
        return { json: envelopes.join(','), count: envelopes.length, lastSeq };
      },
      at: (sessionId, seqs) =>
        seqs.flatMap(
          (seq) =>
            database.first<{ envelope: string }>('SELECT envelope FROM events WHERE session_id = ? AND seq = ?', sessionId, seq)
              ?.envelope ?? [],
        ),
      lastSeqs: (sessionIds) =>
        database.all<{ id: string; seq: number }>(
          'SELECT id, last_seq AS seq FROM sessions WHERE id IN (SELECT value FROM json_each(?))',
          JSON.stringify(sessionIds),
        ),
    },
  };
}
