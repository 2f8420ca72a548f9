import { ApiError } from '@ai-sessions/protocol';
import type { Blobs } from '../blobs/blobs.ts';
import type { Clock } from '../clock.ts';
import type { ServerConfig } from '../config.ts';
import { isLive } from '../domain/session-state.ts';
import type { Ids } from '../ids.ts';
import type { Dispatcher } from '../runners/dispatcher.ts';
import { ownedSession } from '../sessions/owned-session.ts';
import { refusal } from '../sessions/refusal.ts';
import type { Store } from '../store/store.ts';
import { createDownloads } from './downloads.ts';
import type { Files } from './files.ts';
import { createSessionMachine } from './session-machine.ts';
import { createUploads } from './uploads.ts';

export interface FilesContext {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly config: Pick<ServerConfig, 'limits'>;
  readonly dispatcher: Pick<Dispatcher, 'workspace'>;
  /** Aborted when the server drains. */
  readonly shutdown: AbortSignal;
  /** How long to wait for a session's machine that is not connected; default 8 s. */
  readonly patienceMs?: number;
}

const sweepBatch = 500;

/** The files of all sessions, over the blobs, the store and the runners. */
export function createFiles(ctx: FilesContext): Files {
  const { store, blobs, clock, config } = ctx;
  const machine = createSessionMachine(ctx);
  const uploads = createUploads(ctx, machine);
  const downloads = createDownloads(ctx, machine);

  const requireLive = async (userId: string, sessionId: string) => {
    const { state } = await ownedSession(store, userId, sessionId);
    if (!isLive(state)) throw refusal({ ok: false, code: 'session_not_running' });
  };

  return {
    async requestUpload(userId, sessionId, file) {
      await requireLive(userId, sessionId);
      return uploads.request(sessionId, file);
    },
    async completeUpload(userId, sessionId, uploadId) {
      await requireLive(userId, sessionId);
      return uploads.complete(sessionId, uploadId);
    },
    async requestDownload(userId, sessionId, path, archive) {
      await requireLive(userId, sessionId);
      return downloads.request(sessionId, speakable(path), archive);
    },
    async list(userId, sessionId, path) {
      await requireLive(userId, sessionId);
      return (await machine.ask(sessionId, { op: 'list', path: speakable(path) })).entries;
    },
    async changes(userId, sessionId, since) {
      await requireLive(userId, sessionId);
      return machine.ask(sessionId, { op: 'changes', since });
    },
    async change(userId, sessionId, since, path) {
      await requireLive(userId, sessionId);
      return machine.ask(sessionId, { op: 'change', since, path: speakable(path) });
    },
    forget: (sessionId) => blobs.removeScope(sessionId),
    async sweep() {
      for (;;) {
        const expired = await store.uploads.takeExpired(clock.timestamp(), sweepBatch);
        for (const { session_id, id } of expired) await blobs.remove(`${session_id}/${id}`);
        if (expired.length < sweepBatch) break;
      }
      // An upload may be completed for as long again as its link holds; a blob is never older than its link.
      await blobs.sweep(clock.now() - 2 * config.limits.signed_url_seconds * 1000);
    },
  };
}

/** No file system takes a NUL; whether the path leads out of the workspace only the runner can tell. */
function speakable(path: string): string {
  if (path.includes('\0')) throw new ApiError('invalid_path', 'A path cannot hold a NUL character.');
  return path;
}
