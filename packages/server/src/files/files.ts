import type { ChangedFile, FileEntry, WorkspaceChanges } from '@ai-sessions/protocol';

/**
 * Moves files between users and the workspaces of their sessions, for REST and WebSocket alike. Every method throws ApiError
 * `not_found` unless the session is the user's, and `session_not_running` when it ended. A session that sleeps is not woken.
 */
export interface Files {
  /**
   * Opens an upload: bytes go to `upload_url`, then it is completed. `target_path` is where the file will be, unless the session
   * itself makes a file of that name meanwhile.
   * @throws ApiError `payload_too_large`, `invalid_request` (content type), `rate_limited` (too much declared and not completed).
   */
  requestUpload(userId: string, sessionId: string, file: NewFile): Promise<RequestedUpload>;
  /**
   * Puts the uploaded file into the workspace. A repeat gives the same answer.
   * @throws ApiError `not_found`, `upload_incomplete`, `unavailable`.
   */
  completeUpload(userId: string, sessionId: string, uploadId: string): Promise<{ readonly path: string }>;
  /**
   * Takes a copy of a workspace file as it is now, and gives a link to it; with `archive`, of a folder, packed.
   * @throws ApiError `not_found`, `invalid_path`, `payload_too_large`, `unavailable`.
   */
  requestDownload(userId: string, sessionId: string, path: string, archive?: 'zip'): Promise<RequestedDownload>;
  /** What is in a folder of the workspace, by name; at most 10,000. @throws ApiError `not_found`, `invalid_path`, `unavailable`. */
  list(userId: string, sessionId: string, path: string): Promise<FileEntry[]>;
  /**
   * What has changed in the workspace: in repositories since the last commit, elsewhere since the session's start or its last prompt.
   * @throws ApiError `unavailable`.
   */
  changes(userId: string, sessionId: string, since: 'start' | 'prompt'): Promise<WorkspaceChanges>;
  /** One changed file, before and after. @throws ApiError `not_found` (it has not changed), `invalid_path`, `unavailable`. */
  change(userId: string, sessionId: string, since: 'start' | 'prompt', path: string): Promise<ChangedFile>;
  /** Forgets every byte of a session whose record is deleted. */
  forget(sessionId: string): Promise<void>;
  /** Forgets what nobody may ask for any more. */
  sweep(): Promise<void>;
}

export interface NewFile {
  readonly filename: string;
  readonly content_type: string;
  readonly size: number;
}

export interface RequestedUpload {
  readonly upload_id: string;
  readonly upload_url: string;
  readonly target_path: string;
  readonly expires_at: string;
}

export interface RequestedDownload {
  readonly download_url: string;
  readonly expires_at: string;
  readonly size: number;
}
