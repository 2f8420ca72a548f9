import { ApiError } from '@ai-sessions/protocol';

/** Downloads of one scope at a time: each holds two pieces of its file for as long as its reader takes. */
const mostDownloads = 32;

/** The transfers under way, by scope: bounded, and ended with their scope. */
export interface Transfers {
  /** `stop` ends it when its scope is removed. @throws ApiError `rate_limited` when the scope has too many downloads under way. */
  run<T>(scope: string, kind: 'download' | 'other', stop: () => void, work: () => Promise<T>): Promise<T>;
  /** Ends all of a scope. */
  stop(scope: string): void;
}

interface Transfer {
  readonly kind: 'download' | 'other';
  readonly stop: () => void;
}

export function createTransfers(): Transfers {
  const underWay = new Map<string, Set<Transfer>>();
  return {
    async run(scope, kind, stop, work) {
      const others = underWay.get(scope) ?? new Set();
      if (kind === 'download' && [...others].filter((other) => other.kind === kind).length >= mostDownloads)
        throw new ApiError('rate_limited', `At most ${mostDownloads} downloads of a session at once. Try again when one has ended.`, {
          retryAfterSeconds: 5,
        });
      const transfer = { kind, stop };
      underWay.set(scope, others.add(transfer));
      try {
        return await work();
      } finally {
        others.delete(transfer);
        if (others.size === 0) underWay.delete(scope);
      }
    },
    stop(scope) {
      for (const { stop } of underWay.get(scope) ?? []) stop();
    },
  };
}
