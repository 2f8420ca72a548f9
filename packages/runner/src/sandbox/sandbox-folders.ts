import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

/** The folders of one session on the host. Those of an open sandbox change when it is moved. */
export interface SandboxFolders {
  root: string;
  /** Kept from one incarnation to the next. */
  workspace: string;
  home: string;
  /** Only while the sandbox is open: sockets, and what the sandbox's system is made of. */
  run: string;
  system: string;
}

export function sandboxFolders(root: string): SandboxFolders {
  if (!isAbsolute(root)) throw new Error(`the sandbox root must be an absolute path, not ${root}`);
  return { root, workspace: join(root, 'workspace'), home: join(root, 'home'), run: join(root, 'run'), system: join(root, 'system') };
}

/** Makes what is missing; `run` and `system` begin empty. Throws if something else than a folder stands in the place of one. */
export async function makeFolders(folders: SandboxFolders): Promise<void> {
  await mkdir(folders.root, { recursive: true, mode: 0o700 });
  await removeTransientFolders(folders);
  for (const folder of [folders.workspace, folders.home]) await makeFolder(folder, 0o700);
  for (const folder of [folders.run, folders.system]) await makeFolder(folder, 0o755);
}

export async function removeTransientFolders(folders: SandboxFolders): Promise<void> {
  await rm(folders.run, { recursive: true, force: true });
  await rm(folders.system, { recursive: true, force: true });
}

/**
 * Makes the folders of an open sandbox those of another root; mounts of them go along, for they hold on to the folder and not to its path.
 * Throws if there is a workspace or home already: `rename` replaces an empty folder, but none that holds a file.
 */
export async function moveFolders(from: SandboxFolders, to: SandboxFolders): Promise<void> {
  for (const folder of [to.workspace, to.home]) if (await isThere(folder)) throw new Error(`${folder} is there already`);
  await rename(from.workspace, to.workspace);
  await rename(from.home, to.home);
  await removeTransientFolders(to);
  await rename(from.run, to.run);
  await rename(from.system, to.system);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true, mode });
  if (!(await lstat(path)).isDirectory()) throw new Error(`${path} must be a folder`);
}
