import { join } from 'node:path';
import type { Logger } from 'pino';
import type { RunnerConfig } from './config.ts';
import { BubblewrapDriver } from './sandbox/bubblewrap/bubblewrap-driver.ts';
import { NoneDriver } from './sandbox/none/none-driver.ts';
import type { SandboxDriver, SandboxProbe } from './sandbox/sandbox.ts';

/** The sandbox that is configured, else bubblewrap if it works here, else none. Throws if the configured one does not work. */
export async function chooseDriver(config: Pick<RunnerConfig, 'folder' | 'sandbox' | 'sandboxUsers'>, log: Logger): Promise<SandboxDriver> {
  const stateDir = join(config.folder, 'sandboxes');
  const drivers: SandboxDriver[] = [];
  if (config.sandbox !== 'none') drivers.push(new BubblewrapDriver({ stateDir, users: config.sandboxUsers }));
  if (config.sandbox !== 'bubblewrap') drivers.push(new NoneDriver({ stateDir }));
  const refusals: string[] = [];
  for (const driver of drivers) {
    const probe = await driver.probe();
    for (const note of probe.notes) log.warn({ sandbox: driver.kind }, note);
    if (probe.ok) return driver;
    log.warn({ sandbox: driver.kind, problems: probe.problems }, 'this sandbox does not work here');
    refusals.push(problemsOf(driver, probe));
  }
  throw new Error(`No sandbox works on this machine:\n${refusals.join('\n')}`);
}

function problemsOf(driver: SandboxDriver, probe: SandboxProbe): string {
  return probe.problems.map(({ what, mend }) => `${driver.kind}: ${what} (${mend})`).join('\n');
}
