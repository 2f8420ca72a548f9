import { Worker } from 'node:worker_threads';
import { StoreFailure } from '../store-failure.ts';
import type { Applied, SessionRow, SessionStore, Store } from '../store.ts';
import type { StorePart } from './procedures.ts';
import type { Call, Reply } from './worker.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface SqliteStoreOptions {
  readonly file: string;

  /** For tests: another writer thread. */
  readonly worker?: URL;
  /** Told when the database refuses a write, once, and null when it takes them again. */
  readonly onTrouble?: (failure: StoreFailure | null) => void;
}

/**
 * The embedded store: one SQLite file, one writer thread. Calls made while a commit is under way share the next one.
 * @throws StoreFailure (as a rejection of every call) when the database cannot be opened or written.
 */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const worker = new Worker(options.worker ?? new URL('./worker.ts', import.meta.url), { workerData: { file: options.file } });
  const gone = Promise.withResolvers<Error>();
  let closing = false;
  let trouble = false;
  let retry: NodeJS.Timeout | undefined;
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let broken: Error | null = null;

  const fail = (error: Error) => {
    broken ??= new StoreFailure('gone', error.message);
    if (!closing) gone.resolve(broken);
    for (const one of waiting.values()) one.reject(broken);
    waiting.clear();
  };
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      fail(new Error('the store is closed'));
      resolve();
    });
  });
  worker.on('error', fail);
  worker.on('message', (replies: Reply[]) => {
    for (const reply of replies) {
      const one = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (!('error' in reply)) one?.resolve(reply.value);
      else if (reply.failure === undefined) one?.reject(new Error(`store: ${reply.error}`));
      else one?.reject(troubled(new StoreFailure(reply.failure, `store: ${reply.error}`)));
    }
  });

  function troubled<Failure extends StoreFailure | null>(failure: Failure): Failure {
    if (trouble !== (failure !== null)) {
      trouble = failure !== null;
      options.onTrouble?.(failure);
      clearInterval(retry);
      if (trouble) retry = setInterval(() => void ping().catch(() => {}), retryMs).unref();
    }
    return failure;
  }

  const call = (part: Call['part'], method: string, args: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (broken !== null) return reject(broken);
      const id = next++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, part, method, args } satisfies Call);
    });

  async function ping(): Promise<void> {
    await call('ping', '', []);
    troubled(null);
  }

  /** A part whose every method is a call to the writer thread; the types are those of the port. */
  const part = <Name extends StorePart>(name: Name): Store[Name] =>
    new Proxy({} as Store[Name], {
      get:
        (_, method) =>
        (...args: unknown[]) =>
          call(name, String(method), args),
    });

  const known = new KnownSessions();
  const users = part('users');
  return {
    users: {
      register: users.register,
      get: users.get,
      count: users.count,
      async remove(userId) {
        const removed = await users.remove(userId);
        for (const id of removed) known.forget(id);
        return removed;
      },
    },
    credentials: part('credentials'),
    profiles: part('profiles'),
    sessions: remembering(part('sessions'), known),
    log: part('log'),
    egress: part('egress'),
    signIns: part('signIns'),
    uploads: part('uploads'),
    usage: part('usage'),
    audit: part('audit'),
    gone: gone.promise,
    ping,
    [Symbol.asyncDispose]: async () => {
      closing = true;
      clearInterval(retry);
      worker.postMessage('close');
      const patience = setTimeout(() => void worker.terminate(), 5000);
      await exited;
      clearTimeout(patience);
    },
  };
}

/** While the database takes no writes it is tried this often. */
const retryMs = 2000;
const knownSessions = 10_000;

/**
 * Rows of sessions as last acknowledged by the writer thread, so that reading one costs no round trip to it and no wait
 * for a commit. This process is the only writer, and replies come in the order of the commits.
 */
class KnownSessions {
  readonly #rows = new Map<string, SessionRow>();

  get(id: string): SessionRow | undefined {
    return this.#rows.get(id);
  }

  keep(row: SessionRow): void {
    this.#rows.delete(row.state.id);
    this.#rows.set(row.state.id, row);
    if (this.#rows.size > knownSessions) for (const oldest of this.#rows.keys()) return void this.#rows.delete(oldest);
  }

  applied({ state }: Applied): void {
    const row = this.#rows.get(state.id);
    if (row !== undefined) this.keep({ ...row, state });
  }

  forget(id: string): void {
    this.#rows.delete(id);
  }
}

function remembering(sessions: SessionStore, known: KnownSessions): SessionStore {
  return {
    async create(session, first, context, rules) {
      const result = await sessions.create(session, first, context, rules);
      if ('created' in result) known.keep({ state: result.created.state, secrets: session.secrets });
      return result;
    },
    async get(id) {
      const row = known.get(id) ?? (await sessions.get(id));
      if (row !== null && known.get(id) === undefined) known.keep(row);
      return row;
    },
    async apply(id, command, context) {
      const applied = await sessions.apply(id, command, context);
      if (applied !== null) known.applied(applied);
      return applied;
    },
    async remove(id) {
      await sessions.remove(id);
      known.forget(id);
    },
    async expire(endedBefore, events) {
      const step = await sessions.expire(endedBefore, events);
      if (step.removed !== null) known.forget(step.removed);
      return step;
    },
    list: sessions.list,
    due: sessions.due,
    live: sessions.live,
    liveOfUser: sessions.liveOfUser,
    openAsks: sessions.openAsks,
  };
}
