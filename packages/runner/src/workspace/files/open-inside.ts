import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { leadsOut, linkSegments } from './workspace-path.ts';
import { WorkspaceRefused, errnoOf } from './workspace-refused.ts';

/** Something in a workspace, held by a descriptor: whatever the session renames or swaps from now on, it stays this one. */
export interface Held extends AsyncDisposable {
  /** A path by which this process, and no other, reaches it. */
  readonly path: string;
  readonly stats: Stats;
}

/** Linux; node has no name for it. Opens a place in the tree rather than what is there: no side effect, no right needed. */
const O_PATH = 0o10000000;
const longestChase = 40;
/** Each step holds a descriptor of the runner's. */
const deepest = 128;

/**
 * Finds a path below the workspace while the session may be changing it. Each step is taken from the descriptor of the folder before
 * (`/proc/self/fd`), never following a link by itself; links are read and walked the same way, so that they lead anywhere inside
 * and nowhere else.
 * @throws WorkspaceRefused `not_found`, `invalid_path`.
 */
export async function openInside(hostWorkspace: string, segments: readonly string[]): Promise<Held> {
  const folders: FileHandle[] = [];
  const todo = [...segments];
  let links = 0;
  try {
    folders.push(await step(hostWorkspace));
    for (let segment = todo.shift(); segment !== undefined; segment = todo.shift()) {
      if (segment === '..') {
        if (folders.length === 1) throw leadsOut();
        await folders.pop()?.close();
        continue;
      }
      if (folders.length > deepest) throw new WorkspaceRefused('invalid_path', `The path is more than ${deepest} folders deep.`);
      const from = `${pathOf(folders.at(-1))}/${segment}`;
      const handle = await step(from);
      folders.push(handle);
      const stats = await handle.stat();
      if (stats.isSymbolicLink()) {
        await folders.pop()?.close();
        if (++links > longestChase) throw new WorkspaceRefused('invalid_path', 'The path leads through too many links.');
        const target = linkSegments(await readStep(from), hostWorkspace);
        if (target === null) throw leadsOut();
        if (target.absolute) for (const folder of folders.splice(1)) await folder.close();
        todo.unshift(...target.segments);
      } else if (todo.length > 0 && !stats.isDirectory()) throw missing();
    }
    const found = folders.pop();
    if (found === undefined) throw missing();
    return { path: pathOf(found), stats: await found.stat(), [Symbol.asyncDispose]: () => found.close() };
  } finally {
    for (const folder of folders) await folder.close();
  }
}

/** The folder of this name in the workspace itself, made for `owner` if there is none. Never through a link. */
export async function openOwnFolder(hostWorkspace: string, name: string, make: (path: string) => Promise<void>): Promise<Held> {
  await using workspace = await openInside(hostWorkspace, []);
  const path = `${workspace.path}/${name}`;
  await make(path);
  const handle = await step(path);
  const stats = await handle.stat();
  if (!stats.isDirectory()) {
    await handle.close();
    throw new WorkspaceRefused('invalid_path', `/workspace/${name} is not a folder: remove or rename it, then try again.`);
  }
  return { path: pathOf(handle), stats, [Symbol.asyncDispose]: () => handle.close() };
}

function pathOf(handle: FileHandle | undefined): string {
  if (handle === undefined) throw new Error('the workspace is not open');
  return `/proc/self/fd/${handle.fd}`;
}

async function step(path: string): Promise<FileHandle> {
  try {
    return await open(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    throw notFoundOr(error);
  }
}

async function readStep(path: string): Promise<string> {
  try {
    return await readlink(path);
  } catch (error) {
    throw notFoundOr(error);
  }
}

/** What is gone, or another kind of thing than a moment ago, is not there. */
function notFoundOr(error: unknown): unknown {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL', 'ELOOP'].includes(errnoOf(error)) ? missing() : error;
}

function missing(): WorkspaceRefused {
  return new WorkspaceRefused('not_found', 'There is nothing at this path in the workspace.');
}
