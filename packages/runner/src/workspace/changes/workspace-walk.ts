import type { Held } from '../files/open-inside.ts';
import { openInside } from '../files/open-inside.ts';
import { listFolder } from '../files/file-entry.ts';
import { openPlainFile } from '../files/send-file.ts';
import { WorkspaceRefused } from '../files/workspace-refused.ts';
import { shownBytes, textOf } from './changed-text.ts';

export interface WalkedFile {
  readonly size: number;
  readonly modifiedAt: string;
}

export interface Walk {
  /** By path below the workspace. */
  readonly files: ReadonlyMap<string, WalkedFile>;
  /** Folders that hold a git repository; nothing of them is among the files. */
  readonly repositories: readonly string[];
  readonly complete: boolean;
}

const mostFiles = 5000;
/** A session can have hundreds of thousands of empty ones. */
const mostFolders = 2000;
const mostRepositories = 8;
const deepest = 12;
/** What is made from other files, and is no work of anybody. */
const generated = new Set(['node_modules', '__pycache__', '.venv', '.cache']);

/** The plain files of a workspace. Follows no link. */
export async function walkWorkspace(hostWorkspace: string): Promise<Walk> {
  const files = new Map<string, WalkedFile>();
  const repositories: string[] = [];
  let complete = true;
  const waiting: string[][] = [[]];
  let folders = 0;
  for (let below = waiting.shift(); below !== undefined; below = waiting.shift()) {
    folders += 1;
    const entries = await entriesOf(hostWorkspace, below);
    if (entries.some(({ name, type }) => name === '.git' && type !== 'link') && repositories.length < mostRepositories) {
      repositories.push(below.join('/'));
      continue;
    }
    for (const { name, type, size, modified_at } of entries) {
      if (type === 'directory' && !generated.has(name) && below.length < deepest) waiting.push([...below, name]);
      if (type === 'file') files.set([...below, name].join('/'), { size, modifiedAt: modified_at });
    }
    if (files.size <= mostFiles && folders < mostFolders) continue;
    complete = false;
    break;
  }
  return { files, repositories, complete };
}

/** The text of a plain file, null where there is none or it is too large or no text. */
export async function readText(
  hostWorkspace: string,
  path: string,
): Promise<{ text: string | null; why: 'missing' | 'large' | 'binary' | null }> {
  try {
    await using file = await openPlainFile(hostWorkspace, path.split('/'));
    const { size } = await file.stat();
    if (size > shownBytes) return { text: null, why: 'large' };
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    const text = textOf(bytes.subarray(0, bytesRead));
    return { text, why: text === null ? 'binary' : null };
  } catch (error) {
    if (error instanceof WorkspaceRefused) return { text: null, why: 'missing' };
    throw error;
  }
}

async function entriesOf(hostWorkspace: string, segments: readonly string[]) {
  try {
    await using folder: Held = await openInside(hostWorkspace, segments);
    return folder.stats.isDirectory() ? await listFolder(folder) : [];
  } catch (error) {
    if (error instanceof WorkspaceRefused) return [];
    throw error;
  }
}
