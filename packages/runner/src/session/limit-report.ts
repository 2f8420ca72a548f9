import type { EventPayload } from '@ai-sessions/protocol';
import type { LimitName, LimitReached } from '../sandbox/limit/limit-reached.ts';

/** What people are told when their session has run into a limit of its sandbox: what happened, and what to do. */
export function limitReport({ limit, allowed, times, ended }: LimitReached): EventPayload<'system'> {
  const again = times > 1 ? ` This happened ${times} times.` : '';
  return { subtype: 'limit_reached', message: `${TEXTS[limit](allowed, ended)}${again}`, limit, allowed, times, programs_ended: ended };
}

const TEXTS: Record<LimitName, (allowed: number, ended: boolean) => string> = {
  memory: (mib) =>
    `The session used all of its ${mib} MB of memory, files in /tmp included, and a program was ended. Ask for the work in smaller pieces, or remove files from /tmp; the operator can raise "memory_mb".`,
  pids: (count) =>
    `The session has its ${count} processes and threads, and another could not be started. Ask Claude to end what it left running, or to run less at once; the operator can raise "pids".`,
  disk: (mib, ended) =>
    `The session holds more than its ${mib} MB in /workspace and its home folder${stopped(ended)}. Remove what is not needed (du -sh /workspace/* shows what is large); the operator can raise "workspace_mb".`,
  files: (count, ended) =>
    `The session holds more than its ${count} files in /workspace and its home folder${stopped(ended)}. Remove what is not needed; the operator can raise "workspace_files".`,
  tmp: (mib) => `/tmp is full: it holds ${mib} MB. Remove files from it, or write to /workspace instead; the operator can raise "tmp_mb".`,
  host_disk: () =>
    'The disk of the machine is nearly full, and what was writing was stopped. Remove what is not needed from /workspace, or ask the operator to make room.',
};

function stopped(ended: boolean): string {
  return ended ? ', and what was writing was stopped' : '';
}
