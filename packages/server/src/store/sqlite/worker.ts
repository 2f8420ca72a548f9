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

export type Reply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };

/** Calls that wait together become one transaction; more than this would make the first wait too long. */
const maxBatch = 500;

/**
 * The writer thread: takes all calls that wait, runs them in one transaction, commits once (one fsync), then answers
 * them all. A call that throws is undone alone; a commit that fails is an error to every call in it.
 */
function serve(port: MessagePort, file: string): void {
  const database = openDatabase(file);
  const procedures = createProcedures(database);

  const isRead = (call: Call) => call.part === 'ping' || procedures[call.part].reads.has(call.method);

  const invoke = (call: Call): unknown => {
    if (call.part === 'ping') return database.first('SELECT 1');
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
      database.raw.exec('ROLLBACK TO call');
      forget();
    }
    database.raw.exec('RELEASE call');
    return reply;
  };

  const run = (calls: readonly Call[]): Reply[] => {
    if (calls.every((call) => isRead(call))) return calls.map((call) => attempt(call, false));
    try {
      database.raw.exec('BEGIN IMMEDIATE');
      const replies = calls.map((call) => attempt(call, !isRead(call)));
      database.raw.exec('COMMIT');
      return replies;
    } catch (error) {
      if (database.raw.isTransaction) database.raw.exec('ROLLBACK');
      forget();
      return calls.map((call) => ({ id: call.id, error: messageOf(error) }));
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
    return { id: call.id, error: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

if (parentPort !== null) serve(parentPort, (workerData as { file: string }).file);
