/** A budget that a call draws on: its session's, or its user's of today. */
export interface Purse {
  /** Same text, same purse. */
  readonly key: string;
  /** US dollars not spent yet, above 0. */
  readonly leftUsd: number;
}

/** What a running call holds of its purses; given back once what it cost is recorded, and so counts as spent. */
export type Reservation = Disposable;

/**
 * Lets model calls through so that a budget is overrun by one call at most, however many run at once: each running call
 * holds what it costs at most, and the next waits while what is spent and held reaches the budget. A call that is alone
 * always runs while anything is left, since nothing smaller than a call can be had.
 */
export interface BudgetGate {
  /**
   * Waits for its turn, first come first served.
   * @param keys of all purses that `purses` may name.
   * @param purses reads the budgets as they are now; again after each wait. What it throws (one is spent) ends the wait.
   * @throws the signal's reason when it is aborted.
   */
  enter(keys: readonly string[], purses: () => Promise<readonly Purse[]>, atMostUsd: number, signal: AbortSignal): Promise<Reservation>;
}

interface Held {
  readonly running: Set<{ readonly usd: number }>;
  /** Wakes of those that wait, in order. */
  readonly waiting: Set<() => void>;
  /** Entries that are under way: the purse is kept while there are any. */
  visitors: number;
  /** Grows whenever something is given back. */
  settled: number;
}

export function createBudgetGate(): BudgetGate {
  const held = new Map<string, Held>();

  const visit = (key: string): Held => {
    const purse = held.get(key) ?? { running: new Set(), waiting: new Set(), visitors: 0, settled: 0 };
    held.set(key, purse);
    purse.visitors += 1;
    return purse;
  };
  const leave = (key: string) => {
    const purse = held.get(key);
    if (purse === undefined) return;
    purse.visitors -= 1;
    if (purse.visitors === 0 && purse.running.size === 0) held.delete(key);
  };
  const settledIn = (keys: readonly string[]) => keys.reduce((sum, key) => sum + (held.get(key)?.settled ?? 0), 0);
  const full = ({ key, leftUsd }: Purse) => {
    const running = held.get(key)?.running;
    return running !== undefined && running.size > 0 && [...running].reduce((sum, { usd }) => sum + usd, 0) >= leftUsd;
  };

  function reserve(keys: readonly string[], usd: number): Reservation {
    const hold = { usd };
    for (const key of keys) visit(key).running.add(hold);
    return {
      [Symbol.dispose]() {
        for (const key of keys) {
          const purse = held.get(key);
          if (purse?.running.delete(hold) !== true) continue;
          purse.settled += 1;
          for (const wake of purse.waiting) wake();
          leave(key);
        }
      },
    };
  }

  return {
    async enter(keys, purses, atMostUsd, signal) {
      for (const key of keys) visit(key);
      try {
        for (;;) {
          signal.throwIfAborted();
          const before = settledIn(keys);
          const now = await purses();
          // What was given back while they were read may count as spent since.
          if (settledIn(keys) !== before) continue;
          const tight = now.find(full);
          const purse = tight === undefined ? undefined : held.get(tight.key);
          if (purse === undefined) {
            return reserve(
              now.map(({ key }) => key),
              atMostUsd,
            );
          }
          await nextSettlement(purse, signal);
        }
      } finally {
        for (const key of keys) leave(key);
      }
    },
  };
}

function nextSettlement(purse: Held, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      purse.waiting.delete(done);
      signal.removeEventListener('abort', left);
      resolve();
    };
    const left = () => {
      purse.waiting.delete(done);
      reject(signal.reason as Error);
    };
    purse.waiting.add(done);
    signal.addEventListener('abort', left, { once: true });
  });
}
