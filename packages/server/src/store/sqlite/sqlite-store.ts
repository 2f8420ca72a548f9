import { Worker } from 'node:worker_threads';
import type { Store } from '../store.ts';
import type { StorePart } from './procedures.ts';
import type { Call, Reply } from './worker.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * The embedded store: one SQLite file, one writer thread. Calls made while a commit is under way share the next one.
 * @throws Error (as a rejection of every call) when the database cannot be opened or written.
 */
export function openSqliteStore(options: { readonly file: string }): Store {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { file: options.file } });
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let broken: Error | null = null;

  const fail = (error: Error) => {
    broken ??= error;
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
      if ('error' in reply) one?.reject(new Error(`store: ${reply.error}`));
      else one?.resolve(reply.value);
    }
  });

  const call = (part: Call['part'], method: string, args: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (broken !== null) return reject(broken);
      const id = next++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, part, method, args } satisfies Call);
    });

  /** A part whose every method is a call to the writer thread; the types are those of the port. */
  const part = <Name extends StorePart>(name: Name): Store[Name] =>
    new Proxy({} as Store[Name], {
      get:
        (_, method) =>
        (...args: unknown[]) =>
          call(name, String(method), args),
    });

  return {
    users: part('users'),
    credentials: part('credentials'),
    profiles: part('profiles'),
    sessions: part('sessions'),
    log: part('log'),
    signIns: part('signIns'),
    uploads: part('uploads'),
    ping: async () => void (await call('ping', '', [])),
    [Symbol.asyncDispose]: async () => {
      worker.postMessage('close');
      const patience = setTimeout(() => void worker.terminate(), 5000);
      await exited;
      clearTimeout(patience);
    },
  };
}
