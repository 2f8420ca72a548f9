import { Worker } from 'node:worker_threads';
import { StoreFailure } from '../store-failure.ts';
import type { Call, Reply } from './store-call.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface StoreThreadOptions {
  readonly entry: URL;
  readonly file: string;
  /** Told when it ends, or fails, although nobody closed it. */
  readonly onGone: (error: StoreFailure) => void;
}

const closePatienceMs = 5000;

/** A thread with a connection of its own to the database. Answers calls in their order. */
export class StoreThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #onGone: (error: StoreFailure) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #broken: StoreFailure | null = null;
  #closing = false;

  constructor({ entry, file, onGone }: StoreThreadOptions) {
    this.#onGone = onGone;
    this.#worker = new Worker(entry, { workerData: { file } });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(new Error('the store is closed'));
        resolve();
      });
    });
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('message', (replies: Reply[]) => {
      for (const reply of replies) this.#answered(reply);
    });
  }

  /** @throws StoreFailure (as a rejection) when the database fails; Error when the call does. */
  call(part: Call['part'], method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== null) return reject(this.#broken);
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, part, method, args } satisfies Call);
    });
  }

  /** Answers what it has been asked, then ends. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#worker.postMessage('close');
    const patience = setTimeout(() => void this.#worker.terminate(), closePatienceMs);
    await this.#exited;
    clearTimeout(patience);
  }

  #answered(reply: Reply): void {
    const one = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (!('error' in reply)) one?.resolve(reply.value);
    else
      one?.reject(
        reply.failure === undefined ? new Error(`store: ${reply.error}`) : new StoreFailure(reply.failure, `store: ${reply.error}`),
      );
  }

  #fail(error: Error): void {
    this.#broken ??= new StoreFailure('gone', error.message);
    if (!this.#closing) this.#onGone(this.#broken);
    for (const one of this.#waiting.values()) one.reject(this.#broken);
    this.#waiting.clear();
  }
}
