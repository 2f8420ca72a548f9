import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const lookMs = 2000;
/** Below this share of a look's time the process counts as idle. */
const idleShare = 0.05;
/** So much of work, in milliseconds of it, is worth a collection. */
const workMs = 1000;

/**
 * Gives memory back when there is nothing else to do. V8 collects when it allocates: after a burst of work the garbage of it stays for
 * as long as the server is idle, more than all that it still uses. A collection stops the process for some tens of milliseconds, so it
 * waits for a moment of rest, and is made once after work.
 */
export function startIdleCollection(collect: () => void = collector()): Disposable {
  let before = performance.eventLoopUtilization();
  let worked = 0;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { active, utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    worked += active;
    if (utilization > idleShare || worked < workMs) return;
    worked = 0;
    collect();
    before = performance.eventLoopUtilization();
  }, lookMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The engine's own function, which is there only for who asks for it. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
