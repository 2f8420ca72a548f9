import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIntoFile } from '@ai-sessions/file-bytes';
import { fileNameVariant, safeFileName } from '@ai-sessions/protocol';
import { z } from 'zod';
import { type Held, openInside, openOwnFolder } from './open-inside.ts';
import type { ServerFiles } from './server-files.ts';
import { WorkspaceRefused, errnoOf } from './workspace-refused.ts';

export interface Placement {
  readonly filename: string;
  readonly url: string;
  readonly size: number;
  /** Names this placement: made once, however often it is asked for. */
  readonly key: string;
}

export interface PlaceFolders {
  readonly hostWorkspace: string;
  /** For halves and receipts: beside the workspace, on the same file system, out of the session's sight. */
  readonly incoming: string;
}

const uploads = 'uploads';
const triedNames = 10_000;
const receipt = z.strictObject({ name: z.string() });
const plainKey = /^[A-Za-z0-9_-]{1,100}$/;

/**
 * Puts a file of the server into the uploads folder of a workspace: whole or not at all, never in place of another file, owned by
 * whom the workspace is owned by. Gives its path as the session sees it. What it needs to end a broken placement is on disk:
 * the receipt says that it was done; a half that is linked already, found by its inode, says where.
 * @throws WorkspaceRefused `invalid_path` (something else stands in the folder's place), `unavailable`.
 */
export async function placeFile(folders: PlaceFolders, placement: Placement, server: ServerFiles): Promise<string> {
  const { hostWorkspace, incoming } = folders;
  if (!plainKey.test(placement.key)) throw new Error('the key of a placement is not a plain name');
  await mkdir(hostWorkspace, { recursive: true, mode: 0o700 });
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  const receiptFile = join(incoming, `${placement.key}.json`);
  const done = await readReceipt(receiptFile);
  if (done !== null) return seenPath(done);
  const partFile = join(incoming, `${placement.key}.part`);
  await using part = await openPart(partFile, placement, server);
  const name = await linkIntoUploads(hostWorkspace, partFile, part, safeFileName(placement.filename));
  await writeReceipt(receiptFile, name);
  await rm(partFile, { force: true });
  return seenPath(name);
}

/** The file, whole and on disk. One that an earlier attempt had linked already is taken as it is. */
async function openPart(partFile: string, { url, size }: Placement, server: ServerFiles): Promise<FileHandle> {
  const file = await open(partFile, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    const stats = await file.stat();
    if (stats.nlink > 1) return file;
    await file.truncate(0);
    const { size: offered, body } = await server.fetch(url);
    body.on('error', () => {});
    if (offered !== size) {
      body.destroy();
      throw new Error('the server offers another size than it asked to place');
    }
    if ((await readIntoFile(body, file)) !== size) throw new Error('the file ended early');
    await file.sync();
    return file;
  } catch (error) {
    await file.close();
    await rm(partFile, { force: true });
    throw error;
  }
}

async function linkIntoUploads(hostWorkspace: string, partFile: string, part: FileHandle, wanted: string): Promise<string> {
  await using workspace = await openInside(hostWorkspace, []);
  await using folder = await openUploads(hostWorkspace, workspace.stats);
  await part.chmod(0o644);
  await giveTo(part, workspace.stats);
  const name = await linkUnderFreeName(partFile, await part.stat(), folder, wanted);
  // The session may have been given its user just now.
  await using now = await openInside(hostWorkspace, []);
  await giveTo(part, now.stats);
  await syncFolder(folder);
  return name;
}

async function openUploads(hostWorkspace: string, owner: Stats): Promise<Held> {
  return openOwnFolder(hostWorkspace, uploads, async (path) => {
    try {
      await mkdir(path, { mode: 0o755 });
      // By descriptor, and only what this process made: the session may put something else in the new folder's place.
      await using made = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
      const { uid } = await made.stat();
      if (uid !== owner.uid && uid === process.getuid?.()) await made.chown(owner.uid, owner.gid);
    } catch (error) {
      // Whatever is there now is looked at next.
      if (!['EEXIST', 'ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error))) throw error;
    }
  });
}

/** A link is made exclusively: where something has the name, also a link that leads nowhere, the next name is tried. */
async function linkUnderFreeName(partFile: string, part: Stats, folder: Held, wanted: string): Promise<string> {
  for (let number = 1; number <= triedNames; number++) {
    const name = fileNameVariant(wanted, number);
    try {
      await link(partFile, `${folder.path}/${name}`);
      return name;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT')
        throw new WorkspaceRefused('unavailable', 'The folder /workspace/uploads was removed just now. Try again.');
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    const there = await lstat(`${folder.path}/${name}`).catch(() => null);
    if (there !== null && there.ino === part.ino && there.dev === part.dev) return name;
  }
  throw new WorkspaceRefused(
    'unavailable',
    `There are ${triedNames} files of this name already. Remove some, or upload it under another name.`,
  );
}

async function giveTo(file: FileHandle, { uid, gid }: Stats): Promise<void> {
  const stats = await file.stat();
  if (stats.uid !== uid || stats.gid !== gid) await file.chown(uid, gid);
}

async function syncFolder(folder: Held): Promise<void> {
  await using handle = await open(folder.path, constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync();
}

async function readReceipt(file: string): Promise<string | null> {
  try {
    return receipt.parse(JSON.parse(await readFile(file, 'utf8'))).name;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function writeReceipt(file: string, name: string): Promise<void> {
  const fresh = `${file}.new`;
  await using handle = await open(fresh, 'w', 0o600);
  await handle.writeFile(JSON.stringify({ name } satisfies z.infer<typeof receipt>));
  await handle.sync();
  await rename(fresh, file);
}

function seenPath(name: string): string {
  return `/workspace/${uploads}/${name}`;
}
