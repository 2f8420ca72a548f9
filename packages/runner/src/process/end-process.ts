import type { ExitOutcome } from './exit-outcome.ts';
import { within } from './within.ts';

/** How long a program may take to end by itself after SIGTERM. Claude Code needs about 0.1 s. */
const GRACE_MS = 2_000;

/** How long the kernel may take to end it after SIGKILL; longer means that it hangs in a system call. */
const KILL_MS = 5_000;

interface Endable {
  readonly outcome: Promise<ExitOutcome>;
  kill(signal: NodeJS.Signals): boolean;
}

/**
 * Ends a process: SIGTERM, then SIGKILL after the grace. Returns how it ended; of one that has ended already it only tells.
 * Throws if it is still there after SIGKILL.
 */
export async function endProcess(process: Endable, graceMs: number = GRACE_MS): Promise<ExitOutcome> {
  process.kill('SIGTERM');
  const gentle = await within(graceMs, process.outcome);
  if (gentle) return gentle;
  process.kill('SIGKILL');
  const forced = await within(KILL_MS, process.outcome);
  if (forced) return forced;
  throw new Error(`a process is still there ${KILL_MS} ms after SIGKILL`);
}
