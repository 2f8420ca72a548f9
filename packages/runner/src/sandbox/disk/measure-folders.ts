import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Longer than a million files take. A tree that is built to take longer counts as one that cannot be measured. */
const TIMEOUT_MS = 60_000;
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };

/**
 * What the folders hold: bytes on the disk (holes of sparse files are not there, a file with two names counts once), or files and folders.
 * Stays on their file system and follows no link, also while the session swaps one in: du(1) walks by descriptors.
 * @throws Error if they cannot be measured, or the signal aborts.
 */
export async function measureFolders(what: 'bytes' | 'files', folders: readonly string[], signal: AbortSignal): Promise<number> {
  const unit = what === 'bytes' ? '--block-size=1' : '--inodes';
  const options = { env: ENVIRONMENT, cwd: '/', signal, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' as const };
  // What vanishes while it is walked through makes du end with 1; its sum holds nevertheless.
  const { stdout } = await run('du', ['--summarize', '--total', '--one-file-system', unit, '--', ...folders], options).catch(
    (error: unknown) => {
      if (isIncomplete(error) && error.stdout.endsWith('\ttotal\n')) return error;
      throw error;
    },
  );
  const total = Number(/^(\d+)\ttotal$/m.exec(stdout)?.[1]);
  if (!Number.isFinite(total)) throw new Error('du gave no total');
  return total;
}

function isIncomplete(error: unknown): error is { code: 1; stdout: string } {
  return error instanceof Error && 'code' in error && error.code === 1 && 'stdout' in error && typeof error.stdout === 'string';
}
