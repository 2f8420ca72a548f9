import type { Injected } from './recovery.ts';
import type { Fault } from './schedule.ts';

/** Whether a session's turn may have felt one of the faults at some time between the two given (milliseconds since 1970). */
export function disturbance(injected: readonly Injected[], sessionId: string): (from: number, to: number) => boolean {
  return (from, to) =>
    injected.some(({ fault, at, sessions }) => {
      const concerns = sessions.length === 0 ? reachesClaude(fault) : sessions.includes(sessionId);
      return concerns && at <= to && at + lastsMs(fault) >= from;
    });
}

/** Viewers' connections do not concern a turn. */
function reachesClaude(fault: Fault): boolean {
  return fault.do === 'kill' ? fault.part === 'server' : fault.where === 'link';
}

/** How long a fault may be felt. */
function lastsMs(fault: Fault): number {
  if (fault.do === 'kill') return 20_000;
  if (fault.fault === 'half_open') return 45_000;
  return fault.fault === 'cut' ? 5000 : fault.forMs + 5000;
}
