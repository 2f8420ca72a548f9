import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openDatabase } from './database.ts';
import { createProcedures } from './procedures.ts';
import { type Call, type Reply, failureOf, messageOf, replyTo } from './store-call.ts';

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
    if (!writing) return replyTo(call, () => invoke(call));
    database.raw.exec('SAVEPOINT call');
    const reply = replyTo(call, () => invoke(call));
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

class Refused extends Error {
  readonly failure: 'full' | 'failed';
  constructor(message: string, failure: 'full' | 'failed') {
    super(message);
    this.failure = failure;
  }
}

if (parentPort !== null) serve(parentPort, (workerData as { file: string }).file);
