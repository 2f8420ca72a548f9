import { chmodSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { migrations } from './migrations.ts';

/** A database handle with statements prepared once per text. */
export interface Database {
  readonly raw: DatabaseSync;
  /** All rows of a query. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
  /** The rows of a query one by one, as the loop asks for them; one loop at a time over the same text. */
  each<Row>(sql: string, ...values: SQLInputValue[]): Iterable<Row>;
  /** The first row, or null. */
  first<Row>(sql: string, ...values: SQLInputValue[]): Row | null;
  /** Runs a statement; gives the number of rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  close(): void;
}

/**
 * Opens (and makes, mode 0600) the database file and brings its schema up to date.
 * WAL with `synchronous=FULL`: a commit is on disk when it returns.
 */
export function openDatabase(file: string): Database {
  const raw = new DatabaseSync(file, { timeout: 5000 });
  try {
    if (file !== ':memory:') chmodSync(file, 0o600);
    raw.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY',
    );
    migrate(raw);
  } catch (error) {
    // The thread ends of this: its handle is closed here, not by whatever order the end of a thread takes.
    raw.close();
    throw error;
  }
  return prepare(raw);
}

/** A further connection to a database that is open, for reading alone. */
export function openToRead(file: string): Database {
  const raw = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  raw.exec('PRAGMA cache_size = -16384');
  return prepare(raw);
}

function prepare(raw: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = raw.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    raw,
    all: <Row>(sql: string, ...values: SQLInputValue[]) => prepared(sql).all(...values) as Row[],
    each: <Row>(sql: string, ...values: SQLInputValue[]) => prepared(sql).iterate(...values) as Iterable<Row>,
    first: <Row>(sql: string, ...values: SQLInputValue[]) => (prepared(sql).get(...values) as Row | undefined) ?? null,
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    close: () => raw.close(),
  };
}

function migrate(raw: DatabaseSync): void {
  const row = raw.prepare('PRAGMA user_version').get() as { user_version: number };
  if (row.user_version > migrations.length) {
    throw new Error(
      `The database was made by a newer version of ai-sessions (schema ${row.user_version}, known ${migrations.length}). Start that version, or restore a backup.`,
    );
  }
  for (let version = row.user_version; version < migrations.length; version++) {
    raw.exec(`BEGIN IMMEDIATE; ${migrations[version]}; PRAGMA user_version = ${version + 1}; COMMIT`);
  }
}
