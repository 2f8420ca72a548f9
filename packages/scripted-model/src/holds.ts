/** Named gates at which answers wait until a test releases them. */
export class Holds {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #permits = new Set<string>();
  readonly #watchers = new Map<string, Set<() => void>>();

  /** Waits for `release(name)`; one that came while nobody waited counts. Rejects when the signal is aborted. */
  async wait(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#permits.delete(name)) return;
    const passed = enter(this.#waiting, name, signal);
    for (const notify of this.#watchers.get(name) ?? []) notify();
    await passed;
  }

  /** Lets every answer that waits at `name` go on, or, when none does, the next one that comes. */
  release(name: string): void {
    const waiting = this.#waiting.get(name) ?? new Set();
    if (waiting.size === 0) this.#permits.add(name);
    for (const pass of waiting) pass();
  }

  /** Resolves as soon as an answer waits at `name`. */
  async reached(name: string, signal: AbortSignal): Promise<void> {
    if ((this.#waiting.get(name)?.size ?? 0) === 0) await enter(this.#watchers, name, signal);
  }
}

/** Joins the set under `name` until the joined callback is called or the signal aborts. */
function enter(sets: Map<string, Set<() => void>>, name: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const set = sets.get(name) ?? new Set();
  sets.set(name, set.add(resolve));
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
    set.delete(resolve);
    if (set.size === 0 && sets.get(name) === set) sets.delete(name);
  });
}
