import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { BlobEntry } from '../blobs.ts';

const blobId = /^[A-Za-z0-9_-]{1,80}\/[A-Za-z0-9_-]{1,80}$/;

/**
 * Blobs as files: `<scope>/<name>` whole, `<name>.part` on its way, `<name>.used` in memory of one that was removed,
 * and `<scope>.gone` in memory of a scope. A file appears under its own name whole and on disk, or not at all.
 */
export interface BlobFolder {
  readonly sizeOf: (id: string) => Promise<number | null>;
  /** Whether bytes of this id may still come: it was never complete, and its scope is there. */
  readonly takes: (id: string) => Promise<boolean>;
  /** What has come of an unfinished blob, in bytes. */
  readonly partSize: (id: string) => Promise<number>;
  /** Opens the unfinished blob for writing, made if need be. */
  readonly openPart: (id: string) => Promise<FileHandle>;
  /** Makes the part the blob: on disk when it resolves. False if its scope was removed meanwhile. */
  readonly complete: (id: string, part: FileHandle) => Promise<boolean>;
  readonly dropPart: (id: string) => Promise<void>;
  /** Null if there is none. */
  readonly openBlob: (id: string) => Promise<FileHandle | null>;
  readonly list: (scope: string) => Promise<BlobEntry[]>;
  readonly remove: (id: string) => Promise<void>;
  readonly removeScope: (scope: string) => Promise<void>;
  readonly sweep: (before: number) => Promise<number>;
}

export function isBlobId(id: string): boolean {
  return blobId.test(id);
}

export function blobFolder(root: string): BlobFolder {
  const fileOf = (id: string, suffix = '') => {
    if (!isBlobId(id)) throw new Error('not the id of a blob');
    return path.join(root, `${id}${suffix}`);
  };
  const goneMark = (scope: string) => path.join(root, `${scope}.gone`);
  const mark = async (file: string) => (await open(file, 'w', 0o600)).close();
  const makeScope = (id: string) => mkdir(path.dirname(fileOf(id)), { recursive: true, mode: 0o700 });

  return {
    sizeOf: (id) => sizeOf(fileOf(id)),
    async takes(id) {
      const marks = await Promise.all([sizeOf(fileOf(id)), sizeOf(fileOf(id, '.used')), sizeOf(goneMark(path.dirname(id)))]);
      return marks.every((one) => one === null);
    },
    partSize: async (id) => (await sizeOf(fileOf(id, '.part'))) ?? 0,
    async openPart(id) {
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
      await makeScope(id);
      const opened = await unlessMissing(open(fileOf(id, '.part'), flags, 0o600));
      if (opened !== null) return opened;
      // A sweep took the empty folder between the two calls.
      await makeScope(id);
      return open(fileOf(id, '.part'), flags, 0o600);
    },
    async complete(id, part) {
      await part.sync();
      const renamed = await unlessMissing(rename(fileOf(id, '.part'), fileOf(id)).then(() => true));
      if (renamed === null) return false;
      await syncFolder(path.dirname(fileOf(id)));
      if ((await sizeOf(goneMark(path.dirname(id)))) === null) return true;
      await rm(path.dirname(fileOf(id)), { recursive: true, force: true });
      return false;
    },
    dropPart: (id) => rm(fileOf(id, '.part'), { force: true }),
    openBlob: (id) => unlessMissing(open(fileOf(id), constants.O_RDONLY | constants.O_NOFOLLOW)),
    async list(scope) {
      const names = (await unlessMissing(readdir(path.join(root, scope)))) ?? [];
      const entries = await Promise.all(
        names
          .filter((name) => isBlobId(`${scope}/${name}`))
          .map(async (name) => {
            const found = await unlessMissing(stat(fileOf(`${scope}/${name}`)));
            return found === null ? [] : [{ id: `${scope}/${name}`, size: found.size, at: found.mtimeMs }];
          }),
      );
      return entries.flat();
    },
    async remove(id) {
      await unlessMissing(mark(fileOf(id, '.used')));
      await Promise.all([rm(fileOf(id), { force: true }), rm(fileOf(id, '.part'), { force: true })]);
    },
    async removeScope(scope) {
      await mkdir(root, { recursive: true, mode: 0o700 });
      await mark(goneMark(scope));
      await rm(path.join(root, scope), { recursive: true, force: true });
    },
    async sweep(before) {
      let removed = 0;
      const sweepFile = async (file: string) => {
        const found = await unlessMissing(stat(file));
        if (found === null || !found.isFile() || found.mtimeMs >= before) return;
        if ((await unlessMissing(unlink(file).then(() => true))) === true) removed++;
      };
      for (const entry of (await unlessMissing(readdir(root, { withFileTypes: true }))) ?? []) {
        const full = path.join(root, entry.name);
        if (!entry.isDirectory()) {
          await sweepFile(full);
          continue;
        }
        for (const name of (await unlessMissing(readdir(full))) ?? []) await sweepFile(path.join(full, name));
        // Refused where something is left.
        await rmdir(full).catch(() => undefined);
      }
      return removed;
    },
  };
}

async function sizeOf(file: string): Promise<number | null> {
  return (await unlessMissing(stat(file)))?.size ?? null;
}

/** A rename is on disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await unlessMissing(open(folder, constants.O_RDONLY | constants.O_DIRECTORY));
  await handle?.sync();
}

async function unlessMissing<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
