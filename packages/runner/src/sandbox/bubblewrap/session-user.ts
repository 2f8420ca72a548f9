import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { chown, lchown, opendir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { SandboxFolders } from '../sandbox-folders.ts';
import type { UserRange } from './user-range.ts';

const FILE = 'sandbox-uid';

/** The id a session had last time, from a file in its root. Undefined if it has none yet, or one that is outside the range now. */
export async function readSessionUser(root: string, range: UserRange): Promise<number | undefined> {
  const text = await readFile(join(root, FILE), 'utf8').catch(() => '');
  const uid = z.coerce
    .number()
    .int()
    .min(range.first)
    .lt(range.first + range.count)
    .safeParse(text.trim() || undefined);
  return uid.success ? uid.data : undefined;
}

/**
 * Chooses the id for a session: the one it had, else one that follows from its name, so that sleeping sessions seldom share one;
 * the next free one if that is taken. Throws if all are taken.
 */
export function chooseSessionUser(sessionId: string, earlier: number | undefined, taken: ReadonlySet<number>, range: UserRange): number {
  if (earlier !== undefined && !taken.has(earlier)) return earlier;
  const start = createHash('sha256').update(sessionId).digest().readUInt32BE() % range.count;
  for (let step = 0; step < range.count; step++) {
    const uid = range.first + ((start + step) % range.count);
    if (!taken.has(uid)) return uid;
  }
  throw new Error(`all ${range.count} user ids for sandboxes are taken`);
}

/**
 * Makes a session's folders belong to its user. Its files are only walked through if they do not belong to it yet.
 * `run` and `system` stay the host's: the session reads them and must not change them.
 */
export async function giveFolders(folders: SandboxFolders, uid: number, earlier: number | undefined): Promise<void> {
  await chown(folders.root, uid, uid);
  if (uid === earlier) return;
  await Promise.all([folders.workspace, folders.home].map((folder) => giveFolder(folder, uid)));
  await keepSessionUser(folders.root, uid);
}

async function giveFolder(folder: string, uid: number): Promise<void> {
  // Those of a new session, which is to begin soon: a program of its own takes longer than all the rest.
  if (await isEmpty(folder)) return lchown(folder, uid, uid);
  // Follows no link, so a link in the workspace cannot give away a file of the host.
  await promisify(execFile)('chown', ['-R', '-h', '-P', `${uid}:${uid}`, folder]);
}

async function isEmpty(folder: string): Promise<boolean> {
  await using entries = await opendir(folder);
  return (await entries.read()) === null;
}

/** Its files are going to be somebody else's: until `keepSessionUser` nobody takes them for belonging to anybody. */
export async function forgetSessionUser(root: string): Promise<void> {
  await rm(join(root, FILE), { force: true });
}

/** Written once all of a session's files belong to the id. */
export async function keepSessionUser(root: string, uid: number): Promise<void> {
  await writeFile(join(root, FILE), `${uid}\n`, { mode: 0o600 });
}
