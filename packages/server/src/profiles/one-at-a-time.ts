/**
 * Runs tasks of the same key one after the other, in the order they came, and tasks of different keys at the same time.
 * A key is forgotten when its last task has ended.
 */
export function oneAtATime(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const earlier = tails.get(key) ?? Promise.resolve();
    const run = earlier.then(task);
    const tail = run.catch(() => undefined);
    tails.set(key, tail);
    try {
      return await run;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
}
