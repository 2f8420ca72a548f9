import { statfs } from 'node:fs/promises';

/** A file system's room, as an unprivileged writer has it. Bytes, and files that can still be made. */
export interface Room {
  readonly freeBytes: number;
  readonly freeFiles: number;
  readonly totalBytes: number;
}

/** The file system that holds the folder (statfs(2)). Those that make inodes as they need them (btrfs) say 0 files in all: they never run out. */
export async function readRoom(folder: string): Promise<Room> {
  const { bsize, bavail, blocks, files, ffree } = await statfs(folder);
  return { freeBytes: bavail * bsize, freeFiles: files === 0 ? Number.MAX_SAFE_INTEGER : ffree, totalBytes: blocks * bsize };
}
