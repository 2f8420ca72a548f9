import { setTimeout as sleep } from 'node:timers/promises';

/** The time in milliseconds since 1970, with fractions: the same clock as that of the scripted model's stamps. */
export function epochNow(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Settles as the promise does.
 * @throws Error when the time is up first, or the bench is being ended.
 */
export async function inTime<Value>(promise: Promise<Value>, what: string, signal: AbortSignal, timeoutMs = 30_000): Promise<Value> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const late = sleep(timeoutMs, undefined, { signal: until }).then(
    () => {
      throw new Error(`${what}: nothing within ${timeoutMs / 1000} s`);
    },
    () => {
      throw new Error(`${what}: the bench was ended`);
    },
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}

/** A pause, cut short when the bench is ended. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
