import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database.ts';
import { type StorePart, createProcedures } from './procedures.ts';

/** One call of a store method, as the main thread sends it. */
export interface Call {
  readonly id: number;
  readonly part: StorePart | 'ping';
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  /** `failure`: the database's own trouble, not a fault of the call. */
  | { readonly id: number; readonly error: string; readonly failure?: 'full' | 'failed' };

/** Calls that wait together become one transaction; more than this would make the first wait too long. */
const maxBatch = 500;

/**
 * The writer thread: takes all calls that wait, runs them in one transaction, commits once (one fsync), then answers
 * them all. A call that throws is undone alone; what the disk refuses, a commit above all, is an error to every write in it.
 */
function serve(port: MessagePort, file: string): void {
  const database = openDatabase(file);
  const procedures = createProcedures(database);

  /** The last write was refused by the disk; a ping then tries whether one goes through. */
  let refused = false;

  const isRead = (call: Call) => call.part === 'ping' || procedures[call.part].reads.has(call.method);

  const invoke = (call: Call): unknown => {
    if (call.part === 'ping') return refused ? tryWrite() : database.first('SELECT 1');
    const methods = procedures[call.part].methods as unknown as Record<string, (...args: unknown[]) => unknown>;
    const method = methods[call.method];
    if (method === undefined) throw new Error(`unknown store method ${call.part}.${call.method}`);
    return method(...call.args);
  };

  const forget = () => {
    for (const part of Object.values(procedures)) part.forget?.();
  };

  const attempt = (call: Call, writing: boolean): Reply => {
    if (!writing) return tryTo(call, () => invoke(call));
    database.raw.exec('SAVEPOINT call');
    const reply = tryTo(call, () => invoke(call));
    if ('error' in reply) {
      // A full disk may have undone the whole transaction already.
      if (reply.failure !== undefined) throw new Refused(reply.error, reply.failure);
      database.raw.exec('ROLLBACK TO call');
      forget();
    }
    database.raw.exec('RELEASE call');
    return reply;
  };

  const tryWrite = () => {
    const { user_version } = database.first<{ user_version: number }>('PRAGMA user_version') ?? { user_version: 0 };
    // The same value again: a page is written, nothing is changed.
    database.raw.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${user_version}; COMMIT`);
    refused = false;
  };

  const run = (calls: readonly Call[]): Reply[] => {
    if (calls.every((call) => isRead(call))) return calls.map((call) => attempt(call, false));
    try {
      database.raw.exec('BEGIN IMMEDIATE');
      const replies = calls.map((call) => attempt(call, !isRead(call)));
      database.raw.exec('COMMIT');
      refused = false;
      return replies;
    } catch (error) {
      if (database.raw.isTransaction) database.raw.exec('ROLLBACK');
      forget();
      const failure = error instanceof Refused ? error.failure : failureOf(error);
      refused = failure !== undefined;
      return calls.map((call) =>
        isRead(call) ? attempt(call, false) : { id: call.id, error: messageOf(error), ...(failure === undefined ? {} : { failure }) },
      );
    }
  };

  port.on('message', (first: Call | 'close') => {
    const calls: Call[] = [];
    let message: Call | 'close' | undefined = first;
    while (message !== undefined && message !== 'close') {
      calls.push(message);
      message = calls.length < maxBatch ? (receiveMessageOnPort(port)?.message as Call | 'close' | undefined) : undefined;
    }
    if (calls.length > 0) port.postMessage(run(calls));
    if (message === 'close') {
      database.close();
      port.close();
    }
  });
}

function tryTo(call: Call, action: () => unknown): Reply {
  try {
    return { id: call.id, value: action() };
  } catch (error) {
    const failure = failureOf(error);
    return { id: call.id, error: messageOf(error), ...(failure === undefined ? {} : { failure }) };
  }
}

class Refused extends Error {
  readonly failure: 'full' | 'failed';
  constructor(message: string, failure: 'full' | 'failed') {
    super(message);
    this.failure = failure;
  }
}

const sqliteFull = 13;
/** SQLite's primary result codes (sqlite.org/rescode.html) that tell of the disk or the file: busy, locked, read-only, I/O, corrupt, cannot open, no database. */
const sqliteTrouble = new Set([5, 6, 8, 10, 11, 14, 26]);

function failureOf(error: unknown): 'full' | 'failed' | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  const primary = error.errcode & 0xff;
  if (primary === sqliteFull) return 'full';
  return sqliteTrouble.has(primary) ? 'failed' : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

if (parentPort !== null) serve(parentPort, (workerData as { file: string }).file);
