import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Reads a file that holds a key; null if there is none.
 * @throws Error if others than its owner may read or write it, with the command that mends it.
 */
export function readPrivateFile(file: string): string | null {
  const descriptor = openIfThere(file);
  if (descriptor === null) return null;
  try {
    const { mode } = fstatSync(descriptor);
    if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw new Error(`${file} can be read by others (mode ${(mode & 0o777).toString(8)}). Close it with: chmod 600 '${file}'`);
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Creates a file of mode 0600 whole and durable, or leaves the one that is there: of two that start at once, both get
 * the content of the first. Gives the content that stands in the end.
 */
export function createPrivateFile(file: string, content: string): string {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(draft, content, { mode: 0o600, flag: 'wx', flush: true });
    // A link, unlike a rename, fails where the name is taken.
    linkSync(draft, file);
    syncDirectory(path.dirname(file));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const standing = readPrivateFile(file);
  if (standing === null) throw new Error(`${file} vanished while it was created.`);
  return standing;
}

function openIfThere(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
