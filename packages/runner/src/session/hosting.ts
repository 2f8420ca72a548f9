import type { ClaudeBinary } from '../claude/claude-binary.ts';
import type { Plugins } from '../claude/plugins.ts';
import type { StallLimits } from '../claude/stall-watchdog.ts';
import type { OperatorPolicy } from '../egress/operator-policy.ts';
import type { SandboxDriver } from '../sandbox/sandbox.ts';
import type { Leftovers } from './leftovers.ts';
import type { StartQueue } from './start-queue.ts';
import type { SandboxLimits } from '../sandbox/sandbox-limits.ts';

/** What a runner hosts its sessions with. */
export interface Hosting {
  readonly driver: SandboxDriver;
  readonly limits: SandboxLimits;
  readonly binary: ClaudeBinary;
  readonly plugins: Plugins;
  readonly serverUrl: string;
  /** Gives the bearer secret of the server's internal addresses; asked each time, may throw. */
  readonly token: () => string;
  /** What every session may reach of the network. */
  readonly egress: OperatorPolicy;
  readonly stall: StallLimits;
  readonly starts: StartQueue;
  readonly leftovers: Leftovers;
  readonly now: () => number;
}
