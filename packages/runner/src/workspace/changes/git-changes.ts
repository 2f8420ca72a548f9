import type { WorkspaceChange } from '@ai-sessions/protocol';
import { WorkspaceRefused } from '../files/workspace-refused.ts';
import { shownBytes, textOf } from './changed-text.ts';

/** Runs a program in the sandbox of the session, in the workspace. A repository's settings can have git run anything: never outside. */
export type RunInside = (
  command: string,
  args: readonly string[],
  limits: { readonly timeoutMs: number; readonly maxBytes: number },
) => Promise<{ readonly exitCode: number | null; readonly stdout: Buffer; readonly cut: boolean }>;

const timeoutMs = 20_000;
const maxBytes = 1024 * 1024;

/** $1: the repository. Its changes since the last commit, each side of it told as git tells them with -z. */
const LIST = `
cd -- "$1" || exit 9
base=$(git rev-parse -q --verify HEAD || git hash-object -t tree /dev/null)
git diff --no-ext-diff --no-textconv --no-renames --name-status -z "$base" && printf '\\0' &&
git diff --no-ext-diff --no-textconv --no-renames --numstat -z "$base" && printf '\\0' &&
git ls-files --others --exclude-standard -z
`;
/** $1: the repository, $2: a path in it. The file as it was committed. */
const SHOW = `cd -- "$1" && git cat-file blob "HEAD:./$2"`;

const statuses: Readonly<Record<string, WorkspaceChange['status']>> = { A: 'added', D: 'deleted' };

/** The changes of one repository since its last commit, untracked files among them. */
export async function gitChanges(run: RunInside, repository: string): Promise<{ changes: WorkspaceChange[]; truncated: boolean }> {
  const { exitCode, stdout, cut } = await run('/bin/sh', ['-c', LIST, 'sh', place(repository)], { timeoutMs, maxBytes });
  if (exitCode !== 0 && !cut) throw new WorkspaceRefused('unavailable', `git could not tell what has changed in ${place(repository)}.`);
  const [named = [], counted = [], untracked = []] = sections(stdout.toString());
  const counts = new Map(counted.map((line) => count(line)));
  const prefix = repository === '' ? '' : `${repository}/`;
  const changes: WorkspaceChange[] = [];
  for (let at = 0; at + 1 < named.length; at += 2) {
    const [letter = '', path = ''] = named.slice(at, at + 2);
    const { additions = null, deletions = null } = counts.get(path) ?? {};
    changes.push({ path: prefix + path, status: statuses[letter] ?? 'modified', against: 'commit', additions, deletions });
  }
  for (const path of untracked) changes.push({ path: prefix + path, status: 'added', against: 'commit', additions: null, deletions: null });
  return { changes, truncated: cut };
}

/** A file as it was committed; null where it was not, or where that is no text or too much. */
export async function committedText(
  run: RunInside,
  repository: string,
  path: string,
): Promise<{ text: string | null; why: 'missing' | 'large' | 'binary' | null }> {
  const { exitCode, stdout, cut } = await run('/bin/sh', ['-c', SHOW, 'sh', place(repository), path], { timeoutMs, maxBytes: shownBytes });
  if (cut) return { text: null, why: 'large' };
  if (exitCode !== 0) return { text: null, why: 'missing' };
  const text = textOf(stdout);
  return { text, why: text === null ? 'binary' : null };
}

function place(repository: string): string {
  return repository === '' ? '.' : `./${repository}`;
}

/** An empty entry ends a section. */
function sections(text: string): string[][] {
  const found: string[][] = [[]];
  for (const word of text.split('\0')) {
    if (word === '') found.push([]);
    else found.at(-1)?.push(word);
  }
  return found;
}

function count(line: string): [path: string, counts: { additions: number | null; deletions: number | null }] {
  const [additions = '', deletions = '', ...path] = line.split('\t');
  const number = (digits: string) => (/^\d{1,9}$/.test(digits) ? Number(digits) : null);
  return [path.join('\t'), { additions: number(additions), deletions: number(deletions) }];
}
