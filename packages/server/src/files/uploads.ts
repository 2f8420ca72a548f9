import { ApiError, fileNameVariant, safeFileName } from '@ai-sessions/protocol';
import type { UploadRow } from '../store/store.ts';
import type { FilesContext } from './create-files.ts';
import type { NewFile, RequestedUpload } from './files.ts';
import type { SessionMachine } from './session-machine.ts';

export interface Uploads {
  request(sessionId: string, file: NewFile): Promise<RequestedUpload>;
  complete(sessionId: string, uploadId: string): Promise<{ readonly path: string }>;
}

export const uploadsFolder = '/workspace/uploads';

/** Open uploads of one session together, in files of the largest size. */
const openFiles = 32;
const keptMs = 24 * 3600 * 1000;
const triedNames = 1000;
/** As RFC 9110 writes a media type, with parameters. */
const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(\s*;\s*[\w!#$%&'*+.^`|~-]+=([\w!#$%&'*+.^`|~-]+|"[^"\\\p{Cc}]*"))*$/u;

export function createUploads(ctx: Omit<FilesContext, 'dispatcher'>, machine: SessionMachine): Uploads {
  const { store, blobs, clock, ids, config } = ctx;
  const completing = new Map<string, Promise<string>>();
  const { file_bytes: fileBytes, signed_url_seconds: linkSeconds } = config.limits;

  /** Opens an upload under the first name that neither an open upload nor the folder has. */
  async function reserve(sessionId: string, file: NewFile): Promise<UploadRow> {
    const now = clock.now();
    const wanted = safeFileName(file.filename);
    const at = (offset: number) => new Date(now + offset).toISOString();
    const row = {
      id: ids.next('upload'),
      session_id: sessionId,
      content_type: file.content_type,
      size: file.size,
      path: null,
      created_at: at(0),
      expires_at: at(linkSeconds * 1000),
      purge_at: at(2 * linkSeconds * 1000),
    };
    let looks = true;
    for (let number = 1; number <= triedNames; number++) {
      const name = fileNameVariant(wanted, number);
      if (looks) {
        const taken = await isTaken(sessionId, name);
        // Without an answer the name is settled when the file is placed.
        looks = taken !== null;
        if (taken === true) continue;
      }
      const outcome = await store.uploads.insert({ ...row, name }, openFiles * fileBytes);
      if (outcome === 'stored') return { ...row, name };
      if (outcome === 'no_session') throw new ApiError('not_found', 'You have no session of this id.');
      if (outcome === 'too_much') {
        throw new ApiError('rate_limited', 'This session has too many uploads open. Complete them, or wait until their links expire.', {
          retryAfterSeconds: 60,
        });
      }
    }
    throw new ApiError('invalid_request', `There are ${triedNames} files of this name already. Choose another one.`);
  }

  async function isTaken(sessionId: string, name: string): Promise<boolean | null> {
    try {
      return (await machine.askNow(sessionId, { op: 'stat', path: `${uploadsFolder}/${name}` })) === null ? null : true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not_found') return false;
      // A link that leads out, say: something is there.
      if (error instanceof ApiError && error.code === 'invalid_path') return true;
      throw error;
    }
  }

  async function place(row: UploadRow): Promise<string> {
    const blob = blobOf(row);
    if ((await blobs.size(blob)) !== row.size) {
      // Another completion may have been faster, on another replica.
      const path = (await store.uploads.get(row.id))?.path ?? null;
      if (path !== null) return path;
      throw new ApiError(
        'upload_incomplete',
        `The file's ${row.size} bytes have not all arrived. PUT them to the upload_url, then complete the upload.`,
      );
    }
    const url = await blobs.runnerUrl(blob, 'read');
    const { path } = await machine.ask(row.session_id, { op: 'place', filename: row.name, url, size: row.size, key: row.id });
    const finished = await store.uploads.finish(row.id, path, new Date(clock.now() + keptMs).toISOString());
    await blobs.remove(blob);
    return finished?.path ?? path;
  }

  return {
    async request(sessionId, file) {
      if (file.size > fileBytes)
        throw new ApiError('payload_too_large', `A file may have at most ${fileBytes} bytes; this one has ${file.size}.`);
      if (!mediaType.test(file.content_type))
        throw new ApiError('invalid_request', 'content_type is a media type such as text/csv.', {
          details: [{ path: 'content_type', message: 'not a media type' }],
        });
      const row = await reserve(sessionId, file);
      return {
        upload_id: row.id,
        upload_url: await blobs.uploadUrl({
          id: blobOf(row),
          size: row.size,
          contentType: row.content_type,
          endsAt: Date.parse(row.expires_at),
        }),
        target_path: `${uploadsFolder}/${row.name}`,
        expires_at: row.expires_at,
      };
    },

    async complete(sessionId, uploadId) {
      const row = await store.uploads.get(uploadId);
      if (row === null || row.session_id !== sessionId || row.purge_at <= clock.timestamp())
        throw new ApiError('not_found', 'This session has no upload of this id, or it has expired. Request a new one.');
      if (row.path !== null) return { path: row.path };
      // Two completions at once are one.
      let placing = completing.get(uploadId);
      if (placing === undefined) {
        placing = place(row).finally(() => completing.delete(uploadId));
        completing.set(uploadId, placing);
      }
      return { path: await placing };
    },
  };
}

function blobOf(row: UploadRow): string {
  return `${row.session_id}/${row.id}`;
}
