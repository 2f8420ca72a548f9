import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;

/**
 * Sends SIGKILL to whatever `find` names, again and again until it names nothing: what forks while it is hunted is caught in a later round.
 * Returns the pids that are still there when the time is up, normally none.
 */
export async function killUntilGone(find: () => Promise<readonly number[]>, withinMs: number): Promise<readonly number[]> {
  const until = performance.now() + withinMs;
  for (;;) {
    const pids = await find();
    if (pids.length === 0 || performance.now() > until) return pids;
    for (const pid of pids) sendKill(pid);
    await sleep(LOOK_AGAIN_MS);
  }
}

function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between being found and being killed.
  }
}
