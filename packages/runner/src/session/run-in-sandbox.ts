import type { Sandbox } from '../sandbox/sandbox.ts';
import type { RunInside } from '../workspace/changes/git-changes.ts';

/** Nothing of the session's own: neither its variables nor its settings of git's. */
const environment = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
};

/** Runs a program in a sandbox to its end, or until it has said enough or its time is up. */
export async function runInSandbox(sandbox: Sandbox, ...[command, args, limits]: Parameters<RunInside>): ReturnType<RunInside> {
  const program = sandbox.spawn(command, args, { env: environment, networkLater: true });
  const timer = setTimeout(() => program.kill('SIGKILL'), limits.timeoutMs);
  const pieces: Buffer[] = [];
  let size = 0;
  let cut = false;
  program.stdin.end();
  try {
    for await (const piece of program.stdout as AsyncIterable<Buffer>) {
      pieces.push(piece.subarray(0, limits.maxBytes - size));
      size += piece.length;
      if (size <= limits.maxBytes) continue;
      cut = true;
      break;
    }
    if (cut) program.kill('SIGKILL');
    const { exitCode } = await program.outcome;
    return { exitCode, stdout: Buffer.concat(pieces), cut };
  } finally {
    clearTimeout(timer);
  }
}
