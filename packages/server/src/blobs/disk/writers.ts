/**
 * Lets one request at a time write a blob. The newest wins: a client that comes again has lost its earlier connection,
 * whether or not this end has noticed.
 */
export interface Writers {
  /** Runs `write` once the earlier writer of this id has stopped; `stop` ends it when the next one comes. */
  alone<T>(id: string, stop: () => void, write: () => Promise<T>): Promise<T>;
}

export function createWriters(): Writers {
  const current = new Map<string, { readonly stop: () => void; readonly done: Promise<unknown> }>();
  return {
    async alone(id, stop, write) {
      const earlier = current.get(id);
      const run = (async () => {
        earlier?.stop();
        await earlier?.done;
        return await write();
      })();
      const entry = { stop, done: run.catch(() => undefined) };
      current.set(id, entry);
      try {
        return await run;
      } finally {
        if (current.get(id) === entry) current.delete(id);
      }
    },
  };
}
