import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ShorterFile, writeFileTo } from '@ai-sessions/file-bytes';
import { openInside } from './open-inside.ts';
import type { ServerFiles } from './server-files.ts';
import { WorkspaceRefused, errnoOf } from './workspace-refused.ts';

/**
 * Sends the bytes of a workspace file, as many as it has now, to the server. Gives their number.
 * @throws WorkspaceRefused `not_found`, `invalid_path`, `payload_too_large`, `unavailable` (it shrank meanwhile).
 */
export async function sendFile(hostWorkspace: string, segments: readonly string[], url: string, server: ServerFiles): Promise<number> {
  await using file = await openPlainFile(hostWorkspace, segments);
  const { size } = await file.stat();
  try {
    await server.send(url, size, (body) => writeFileTo(file, { start: 0, length: size }, body));
  } catch (error) {
    if (error instanceof ShorterFile)
      throw new WorkspaceRefused('unavailable', 'The file became shorter while it was read. Try again when it is no longer written.');
    throw error;
  }
  return size;
}

/** A plain file of the session's own. @throws WorkspaceRefused `not_found`, `invalid_path`. */
export async function openPlainFile(hostWorkspace: string, segments: readonly string[]): Promise<FileHandle> {
  await using workspace = await openInside(hostWorkspace, []);
  await using held = await openInside(hostWorkspace, segments);
  const { stats } = held;
  if (stats.isDirectory()) throw new WorkspaceRefused('invalid_path', 'This is a folder. Name a file, or ask for an archive.');
  if (!stats.isFile()) throw new WorkspaceRefused('invalid_path', 'Only plain files can be downloaded.');
  // A file with a second name may belong somewhere else; one of the session's own it could read anyway.
  if (stats.nlink > 1 && stats.uid !== workspace.stats.uid)
    throw new WorkspaceRefused('invalid_path', 'This file has a second name outside of the session’s reach.');
  return await openHeld(held.path);
}

async function openHeld(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'EACCES') throw new WorkspaceRefused('invalid_path', 'This file may not be read.');
    throw error;
  }
}
