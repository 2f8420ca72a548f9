import { StoreFailure } from '../store-failure.ts';
import type { Applied, SessionRow, SessionStore, Store } from '../store.ts';
import type { StorePart } from './procedures.ts';
import { StoreThread } from './store-thread.ts';

export interface SqliteStoreOptions {
  readonly file: string;

  /** For tests: another writer thread. */
  readonly worker?: URL;
  /** Told when the database refuses a write, once, and null when it takes them again. */
  readonly onTrouble?: (failure: StoreFailure | null) => void;
}

/**
 * The embedded store: one SQLite file and two threads. One writes: calls made while a commit is under way share the next one. The other
 * reads the log, which is most of the bytes: neither waits for the other.
 * @throws StoreFailure (as a rejection of every call) when the database cannot be opened or written.
 */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const gone = Promise.withResolvers<Error>();
  let trouble = false;
  let retry: NodeJS.Timeout | undefined;
  const thread = (entry: URL) => new StoreThread({ entry, file: options.file, onGone: gone.resolve });
  const writer = thread(options.worker ?? new URL('./worker.ts', import.meta.url));
  let reader: Promise<StoreThread> | undefined;

  function troubled(failure: StoreFailure | null): void {
    if (trouble === (failure !== null)) return;
    trouble = failure !== null;
    options.onTrouble?.(failure);
    clearInterval(retry);
    if (trouble) retry = setInterval(() => void ping().catch(() => {}), retryMs).unref();
  }

  const write = async (part: StorePart | 'ping', method: string, args: readonly unknown[]) => {
    try {
      return await writer.call(part, method, args);
    } catch (error) {
      if (error instanceof StoreFailure && error.reason !== 'gone') troubled(error);
      throw error;
    }
  };

  /** Begins when it is first needed, and not before the writer has made or brought up to date what it reads. */
  const read = async (part: StorePart, method: string, args: readonly unknown[]) => {
    reader ??= writer.call('ping', '', []).then(() => thread(new URL('./reader.ts', import.meta.url)));
    return (await reader).call(part, method, args);
  };

  async function ping(): Promise<void> {
    await write('ping', '', []);
    troubled(null);
  }

  /** A part whose every method is a call to a thread; the types are those of the port. */
  const part = <Name extends StorePart>(name: Name, call: typeof read = write): Store[Name] =>
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
    log: part('log', read),
    egress: part('egress'),
    signIns: part('signIns'),
    uploads: part('uploads'),
    usage: part('usage'),
    audit: part('audit'),
    gone: gone.promise,
    ping,
    [Symbol.asyncDispose]: async () => {
      clearInterval(retry);
      await (await reader?.catch(() => undefined))?.close();
      await writer.close();
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
