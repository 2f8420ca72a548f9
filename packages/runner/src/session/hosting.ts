import type { ClaudeBinary } from '../claude/claude-binary.ts';
import type { Outbound } from '../mcp/outbound.ts';
import type { Plugins } from '../claude/plugins.ts';
import type { StallLimits } from '../claude/stall-watchdog.ts';
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
  /** The way of http and sse MCP servers. */
  readonly outbound: Outbound;
  /** Gives the bearer secret of the server's internal addresses; asked each time, may throw. */
  readonly token: () => string;
  readonly stall: StallLimits;
  readonly starts: StartQueue;
  readonly leftovers: Leftovers;
  readonly now: () => number;
}
