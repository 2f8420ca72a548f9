import type { Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import type { FileEntry } from '@ai-sessions/protocol';
import type { Held } from './open-inside.ts';
import { WorkspaceRefused, errnoOf } from './workspace-refused.ts';

const mostEntries = 10_000;
const atOnce = 64;
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Null for what is neither file, folder nor link: a socket, a FIFO, a device. */
export function fileEntry(name: string, stats: Stats): FileEntry | null {
  const type = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : null;
  if (type === null) return null;
  // A session may set any time, also one that no calendar knows.
  const modifiedMs = Math.min(lastMs, Math.max(0, Math.trunc(stats.mtimeMs) || 0));
  return { name, type, size: type === 'file' ? stats.size : 0, modified_at: new Date(modifiedMs).toISOString() };
}

/** What is in a folder, by name; of a larger one the first 10,000 that the file system gives. */
export async function listFolder(folder: Held): Promise<FileEntry[]> {
  if (!folder.stats.isDirectory()) throw new WorkspaceRefused('invalid_path', 'This is not a folder.');
  const names: Buffer[] = [];
  // With this encoding names are buffers, whatever the types say: a name need not be UTF-8.
  await using directory = await opendir(folder.path, { encoding: 'buffer' as BufferEncoding, bufferSize: 1024 });
  while (names.length < mostEntries) {
    const entry = await directory.read();
    if (entry === null) break;
    names.push(entry.name as unknown as Buffer);
  }
  const entries: FileEntry[] = [];
  for (let from = 0; from < names.length; from += atOnce) {
    const some = await Promise.all(names.slice(from, from + atOnce).map((name) => entryOf(folder, name)));
    entries.push(...some.filter((entry) => entry !== null));
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function entryOf(folder: Held, name: Buffer): Promise<FileEntry | null> {
  try {
    return fileEntry(name.toString(), await lstat(Buffer.concat([Buffer.from(`${folder.path}/`), name])));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
