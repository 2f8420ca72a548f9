import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; rejects with the signal's reason when it is aborted first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(Math.ceil(ms), undefined, { signal });
}

/** Waits until the signal is aborted, then rejects with its reason. */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
