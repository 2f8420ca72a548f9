import type { Files } from '../files/files.ts';
import type { Audit } from './audit.ts';

/** Files that go in or out, written down when they are in, or when the link to them is given. */
export function auditedFiles(files: Files, audit: Audit): Files {
  return {
    ...files,
    async completeUpload(userId, sessionId, uploadId) {
      const placed = await files.completeUpload(userId, sessionId, uploadId);
      await audit.record(userId, 'file_uploaded', sessionId, { path: placed.path });
      return placed;
    },
    async requestDownload(userId, sessionId, path, archive) {
      const download = await files.requestDownload(userId, sessionId, path, archive);
      await audit.record(userId, 'file_downloaded', sessionId, { path, size: download.size });
      return download;
    },
  };
}
