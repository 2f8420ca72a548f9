import { amended, type LedgerChange, type LedgerRow } from '../../domain/egress-ledger.ts';
import type { EgressStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Procedures } from './procedures.ts';

interface StoredRow {
  readonly number: number;
  readonly row: string;
}

const conditions = {
  any: '',
  connection: "AND row ->> 'kind' = 'connection'",
  model_call: "AND row ->> 'kind' = 'model_call'",
  allowed: "AND row ->> 'verdict' = 'allowed'",
  // As the index of them has it: the few among very many.
  denied: "AND row ->> 'verdict' = 'denied'",
} as const;

export function egressProcedures(database: Database): Procedures<EgressStore> {
  return {
    reads: new Set(['list']),
    methods: {
      list: (sessionId, before, limit, { kind, verdict } = {}) =>
        database
          .all<StoredRow>(
            `SELECT number, row FROM egress WHERE session_id = ? ${conditions[kind ?? 'any']} ${conditions[verdict ?? 'any']}
             AND number < ? ORDER BY number DESC LIMIT ?`,
            sessionId,
            before ?? Number.MAX_SAFE_INTEGER,
            limit,
          )
          .map(({ number, row }) => ({ ...(JSON.parse(row) as LedgerRow), number })),
    },
  };
}

/** Carries out what a transition does to a session's ledger. A row whose key is known is not written again. */
export function writeLedger(database: Database, sessionId: string, changes: readonly LedgerChange[]): void {
  for (const change of changes) {
    const known = database.first<StoredRow>('SELECT number, row FROM egress WHERE session_id = ? AND key = ?', sessionId, change.key);
    if (known !== null && change.op !== 'add') {
      const row = JSON.stringify(amended(JSON.parse(known.row) as LedgerRow, change));
      database.run('UPDATE egress SET row = ? WHERE session_id = ? AND number = ?', row, sessionId, known.number);
    }
    if (known === null && change.op !== 'outcome') {
      database.run(
        'INSERT INTO egress (session_id, number, key, row) SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3 FROM egress WHERE session_id = ?1',
        sessionId,
        change.key,
        JSON.stringify(change.row),
      );
    }
  }
}
