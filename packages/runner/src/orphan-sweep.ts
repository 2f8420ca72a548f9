import type { Logger } from 'pino';
import type { SandboxDriver } from './sandbox/sandbox.ts';
import type { Leftovers } from './session/leftovers.ts';

const SWEEP_MS = 30_000;

/**
 * Looks now and then for what nobody answers for: sandboxes of runners that are gone (another one beside this may have been killed), and
 * what of this runner's own sessions could not be ended at the first try. What is removed is logged.
 */
export function startOrphanSweep(options: {
  readonly driver: SandboxDriver;
  readonly leftovers: Leftovers;
  readonly log: Logger;
  readonly everyMs?: number;
}): AsyncDisposable {
  const { driver, leftovers, log } = options;
  let sweeping: Promise<void> | null = null;
  const sweep = async () => {
    await leftovers.retry();
    for (const line of await driver.sweep(new Set())) log.warn(line);
  };
  const timer = setInterval(() => {
    sweeping ??= sweep()
      .catch((error: unknown) => log.error({ err: error }, 'a sweep for orphans failed'))
      .finally(() => (sweeping = null));
  }, options.everyMs ?? SWEEP_MS);
  timer.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await sweeping;
    },
  };
}
