import type { Logger } from 'pino';

/**
 * What should be gone and is not: a sandbox with a process that hangs in the kernel, a folder that is busy. Tried again until it is gone;
 * who let go of it does not wait for that.
 */
export class Leftovers {
  readonly #log: Logger;
  readonly #left = new Map<AsyncDisposable, string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  get size(): number {
    return this.#left.size;
  }

  /** @param of what to call it in the log. */
  add(left: AsyncDisposable, of: string): void {
    this.#left.set(left, of);
  }

  async retry(): Promise<void> {
    for (const [left, of] of this.#left) {
      try {
        await left[Symbol.asyncDispose]();
        this.#left.delete(left);
        this.#log.info({ of }, 'what was left is gone now');
      } catch (error) {
        this.#log.warn({ err: error, of }, 'something is still left');
      }
    }
  }
}
