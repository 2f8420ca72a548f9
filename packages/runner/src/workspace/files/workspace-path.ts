import { posix } from 'node:path';
import { WorkspaceRefused } from './workspace-refused.ts';

const insideRoot = '/workspace';

/**
 * The segments of a path below the workspace, none for the workspace itself; no `.` or `..` among them. A path is relative to the
 * workspace, or absolute: below `/workspace`, or below the host's folder, which a session without a sandbox sees.
 * @throws WorkspaceRefused `invalid_path` when it leads out.
 */
export function workspaceSegments(given: string, hostWorkspace: string): string[] {
  if (given.includes('\0')) throw leadsOut();
  const path = posix.normalize(given.startsWith('/') ? given : posix.join(insideRoot, given));
  const rest = below(path, insideRoot) ?? below(path, hostWorkspace);
  if (rest === null) throw leadsOut();
  return rest.split('/').filter((segment) => segment !== '');
}

/** Below a session's home: where Claude Code keeps the whole of a large output. */
const keptOutput = /^\/\.claude\/projects\/[^/]+\/[^/]+\/tool-results\/[^/]+$/;
const insideHome = '/home/agent';

/** A file that may be read, as the host's folder of it and the segments below: of the workspace, or a kept output in the home. */
export function readableFile(given: string, sessionFolder: string): { root: string; segments: string[] } {
  const home = posix.join(sessionFolder, 'home');
  const path = posix.normalize(given);
  const rest = below(path, insideHome) ?? below(path, home);
  if (rest !== null && !given.includes('\0') && keptOutput.test(rest)) return { root: home, segments: rest.slice(1).split('/') };
  const root = posix.join(sessionFolder, 'workspace');
  return { root, segments: workspaceSegments(given, root) };
}

/** What a link in the workspace says, as the session that made it means it; `..` stay. Null for an absolute path outside. */
export function linkSegments(target: string, hostWorkspace: string): { absolute: boolean; segments: string[] } | null {
  const absolute = target.startsWith('/');
  const rest = absolute ? (below(target, insideRoot) ?? below(target, hostWorkspace)) : target;
  return rest === null ? null : { absolute, segments: rest.split('/').filter((segment) => segment !== '' && segment !== '.') };
}

export function leadsOut(): WorkspaceRefused {
  return new WorkspaceRefused('invalid_path', 'The path leads out of /workspace. Give one inside it.');
}

function below(path: string, folder: string): string | null {
  return path === folder ? '' : path.startsWith(`${folder}/`) ? path.slice(folder.length) : null;
}
