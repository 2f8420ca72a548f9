import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Installation } from './installation.ts';

/**
 * Fills the database of an installation, beside the server that runs: making so many sessions through the API would take an hour. The rows are
 * copies of a session that did come through it.
 */
export class StoredSessions implements Disposable {
  readonly #database: DatabaseSync;
  #copies = 0;

  constructor({ dataDir }: Installation) {
    this.#database = new DatabaseSync(path.join(dataDir, 'ai-sessions.db'), { timeout: 10_000 });
  }

  /** Adds copies of an ended session, its first events included. */
  copy(sessionId: string, copies: number, events: number): void {
    const numbers = `WITH RECURSIVE n (i) AS (SELECT ${this.#copies} + 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${this.#copies + copies})`;
    this.#copies += copies;
    const names = this.#database.prepare('SELECT name FROM pragma_table_info(?)').all('sessions') as { name: string }[];
    const others = names.map(({ name }) => name).filter((name) => !['id', 'idempotency_key', 'doc'].includes(name));
    this.#database
      .prepare(
        `INSERT INTO sessions (id, doc, ${others.join(', ')}) ${numbers}
         SELECT id || '_' || i, json_set(doc, '$.id', id || '_' || i), ${others.join(', ')} FROM sessions, n WHERE id = ?`,
      )
      .run(sessionId);
    this.#database
      .prepare(
        `INSERT INTO events (session_id, seq, envelope) ${numbers}
         SELECT session_id || '_' || i, seq, envelope FROM n, events WHERE session_id = ? AND seq <= ?`,
      )
      .run(sessionId, events);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
