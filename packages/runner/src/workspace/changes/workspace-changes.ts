import { join } from 'node:path';
import type { ChangedFile, WorkspaceChange, WorkspaceChanges } from '@ai-sessions/protocol';
import { WorkspaceRefused } from '../files/workspace-refused.ts';
import { workspaceSegments } from '../files/workspace-path.ts';
import { type Baseline, Baselines } from './baseline.ts';
import { lineCount } from './changed-text.ts';
import { committedText, gitChanges, type RunInside } from './git-changes.ts';
import { readText, type Walk, walkWorkspace } from './workspace-walk.ts';

export type Since = 'start' | 'prompt';

const mostChanges = 2000;

/**
 * What has changed in a workspace. In git repositories that is what git says, run in the sandbox; elsewhere the files are compared with
 * what they were at the session's start or before its last prompt.
 * @param folder the host folder of the session.
 */
export async function workspaceChanges(folder: string, since: Since, run: RunInside): Promise<WorkspaceChanges> {
  const hostWorkspace = join(folder, 'workspace');
  const [walk, baseline] = await Promise.all([walkWorkspace(hostWorkspace), readBaseline(folder, since)]);
  const found = await snapshotChanges(hostWorkspace, walk, baseline, since);
  let truncated = !walk.complete || !baseline.complete;
  for (const repository of walk.repositories) {
    const { changes, truncated: cut } = await gitChanges(run, repository);
    found.push(...changes);
    truncated ||= cut;
  }
  const changes = found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { changes: changes.slice(0, mostChanges), truncated: truncated || changes.length > mostChanges };
}

/** One changed file, before and after. @throws WorkspaceRefused `not_found` when it has not changed, `invalid_path`. */
export async function workspaceChange(folder: string, since: Since, given: string, run: RunInside): Promise<ChangedFile> {
  const hostWorkspace = join(folder, 'workspace');
  const path = workspaceSegments(given, hostWorkspace).join('/');
  const [walk, baseline] = await Promise.all([walkWorkspace(hostWorkspace), readBaseline(folder, since)]);
  const repository = walk.repositories.find((place) => place === '' || path.startsWith(`${place}/`));
  const after = await readText(hostWorkspace, path);
  const known = baseline.files[path];
  const before =
    repository === undefined
      ? { text: known?.text ?? null, why: known === undefined ? 'missing' : known.text === null ? 'large' : null }
      : await committedText(run, repository, repository === '' ? path : path.slice(repository.length + 1));
  if ((before.why === 'missing' && after.why === 'missing') || (before.why === null && before.text === after.text))
    throw new WorkspaceRefused('not_found', 'This file has not changed.');
  const omitted = [before.why, after.why].includes('binary') ? 'binary' : [before.why, after.why].includes('large') ? 'large' : null;
  return {
    path,
    status: before.why === 'missing' ? 'added' : after.why === 'missing' ? 'deleted' : 'modified',
    against: repository === undefined ? since : 'commit',
    additions: before.why === 'missing' && after.text !== null ? lineCount(after.text) : null,
    deletions: after.why === 'missing' && before.text !== null ? lineCount(before.text) : null,
    before: omitted === null ? before.text : null,
    after: omitted === null ? after.text : null,
    omitted,
  };
}

async function snapshotChanges(hostWorkspace: string, walk: Walk, baseline: Baseline, since: Since): Promise<WorkspaceChange[]> {
  const changes: WorkspaceChange[] = [];
  const change = (path: string, status: WorkspaceChange['status'], additions: number | null = null, deletions: number | null = null) =>
    changes.push({ path, status, against: since, additions, deletions });
  for (const [path, file] of walk.files) {
    const before = baseline.files[path];
    if (before !== undefined && before.size === file.size && before.modifiedAt === file.modifiedAt) continue;
    // A touched file has the same text under another time.
    const { text } = await readText(hostWorkspace, path);
    if (before === undefined) change(path, 'added', text === null ? null : lineCount(text), 0);
    else if (text === null || text !== before.text) change(path, 'modified');
  }
  for (const [path, { text }] of Object.entries(baseline.files)) {
    const inRepository = walk.repositories.some((place) => place === '' || path.startsWith(`${place}/`));
    if (walk.complete && !inRepository && !walk.files.has(path)) change(path, 'deleted', 0, text === null ? null : lineCount(text));
  }
  return changes;
}

/** A session that has had no prompt yet has changed nothing since its start, which it had with an empty workspace. */
async function readBaseline(folder: string, since: Since): Promise<Baseline> {
  const baselines = new Baselines(folder);
  return (await baselines.read(since)) ?? (await baselines.read('start')) ?? { complete: true, files: {} };
}
