import { join } from 'node:path';
import type { LinkFrame, WorkspaceAnswer, WorkspaceRefusal, WorkspaceRequest } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { RunInside } from '../changes/git-changes.ts';
import { workspaceChange, workspaceChanges } from '../changes/workspace-changes.ts';
import { fileEntry, listFolder } from './file-entry.ts';
import { openInside } from './open-inside.ts';
import { placeFile } from './place-file.ts';
import { sendFile } from './send-file.ts';
import { sendZip } from './send-zip.ts';
import { type ServerFilesOptions, createServerFiles } from './server-files.ts';
import { readableFile, workspaceSegments } from './workspace-path.ts';
import { WorkspaceRefused, errnoOf } from './workspace-refused.ts';

export interface WorkspaceFilesOptions extends ServerFilesOptions {
  /** The host folder of a session: `workspace/` is in it, made if need be, whether or not a process of the session runs. */
  readonly sessionFolder: (sessionId: string) => string;
  /** Runs a program in the sandbox of a session, also of one that sleeps. @throws WorkspaceRefused `unavailable`. */
  readonly runInside: (sessionId: string, ...program: Parameters<RunInside>) => ReturnType<RunInside>;
  readonly log: Logger;
}

export type WorkspaceReply =
  | { readonly ok: true; readonly body: WorkspaceAnswer<WorkspaceRequest['op']> }
  | { readonly ok: false; readonly body: WorkspaceRefusal };

/** Answers the server's requests about workspaces. Works on the host's folders, beside whatever the session does in them meanwhile. */
export interface WorkspaceFiles extends AsyncDisposable {
  /** Never rejects. */
  answer(frame: Extract<LinkFrame, { type: 'workspace' }>): Promise<WorkspaceReply>;
}

const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const serverAway = /^(UND_ERR_|ECONN|EPIPE|ETIMEDOUT|EAI_|ENOTFOUND|EHOST)/;

export function createWorkspaceFiles(options: WorkspaceFilesOptions): WorkspaceFiles {
  const { log, sessionFolder } = options;
  const server = createServerFiles(options);
  const placing = new Map<string, Promise<string>>();

  async function perform(sessionId: string, request: WorkspaceRequest): Promise<WorkspaceAnswer<WorkspaceRequest['op']>> {
    const folder = sessionFolder(sessionId);
    const hostWorkspace = join(folder, 'workspace');
    switch (request.op) {
      case 'list':
        return { entries: await list(hostWorkspace, workspaceSegments(request.path, hostWorkspace)) };
      case 'stat':
        return stat(hostWorkspace, workspaceSegments(request.path, hostWorkspace));
      case 'send': {
        const { root, segments } = readableFile(request.path, folder);
        return { size: await sendFile(root, segments, request.url, server) };
      }
      case 'send_zip':
        return { size: await sendZip(hostWorkspace, workspaceSegments(request.path, hostWorkspace), request.url, server) };
      case 'place':
        return {
          path: await placeOnce(`${sessionId}/${request.key}`, () =>
            placeFile({ hostWorkspace, incoming: join(folder, 'incoming') }, request, server),
          ),
        };
      case 'changes':
        return workspaceChanges(folder, request.since, (...program) => options.runInside(sessionId, ...program));
      case 'change':
        return workspaceChange(folder, request.since, request.path, (...program) => options.runInside(sessionId, ...program));
      default: {
        const unreachable: never = request;
        return unreachable;
      }
    }
  }

  /** The same placement asked for twice at once is one. */
  function placeOnce(name: string, place: () => Promise<string>): Promise<string> {
    const known = placing.get(name);
    if (known !== undefined) return known;
    const placed = place().finally(() => placing.delete(name));
    placing.set(name, placed);
    return placed;
  }

  return {
    async answer({ session_id, request }) {
      try {
        return { ok: true, body: await perform(session_id, request) };
      } catch (error) {
        const body = toldAs(error);
        if (!(error instanceof WorkspaceRefused))
          log.warn({ err: error, session: session_id, op: request.op }, 'a workspace request failed');
        return { ok: false, body };
      }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function list(hostWorkspace: string, segments: readonly string[]) {
  try {
    await using folder = await openInside(hostWorkspace, segments);
    return await listFolder(folder);
  } catch (error) {
    // A session that has not begun has nothing in its workspace.
    if (segments.length === 0 && error instanceof WorkspaceRefused && error.code === 'not_found') return [];
    throw error;
  }
}

async function stat(hostWorkspace: string, segments: readonly string[]) {
  await using held = await openInside(hostWorkspace, segments);
  const entry = fileEntry(segments.at(-1) ?? 'workspace', held.stats);
  if (entry === null) throw new WorkspaceRefused('invalid_path', 'This is neither a file nor a folder.');
  return entry;
}

function toldAs(error: unknown): WorkspaceRefusal {
  if (error instanceof WorkspaceRefused) return { code: error.code, message: error.message };
  const code = errnoOf(error);
  if (noRoom.has(code)) return { code: 'unavailable', message: 'There is no room for this file on the machine that holds the session.' };
  // Without a message the server asks again for a while.
  if (serverAway.test(code) || (error instanceof Error && error.name === 'TimeoutError')) return { code: 'unavailable' };
  return { code: 'internal' };
}
