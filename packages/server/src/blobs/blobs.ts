/**
 * The blobs port: bytes of files on their way between users and sessions. They are held for a while only; what lasts is in the workspace.
 * A blob's id is `<scope>/<name>`, the scope being a session's id, the name never used again; each is 1–80 letters, digits, `_` or `-`.
 * Methods throw plain `Error`s when the storage fails.
 */
export interface Blobs {
  /**
   * An absolute URL to which the bytes may be PUT, whole and once, without any other credential. Exactly `size` bytes of exactly
   * `contentType` are taken; what is signed cannot be changed in the URL.
   */
  uploadUrl(grant: UploadGrant): Promise<string>;
  /** An absolute URL that gives the bytes as an attachment, as often as it is asked for until its end, also in ranges. */
  downloadUrl(grant: DownloadGrant): Promise<string>;
  /** Where a runner reads the bytes or writes them: an absolute URL that needs nothing else, or a path on this server, for the runner's bearer. */
  runnerUrl(id: string, access: 'read' | 'write'): Promise<string>;
  /** The size in bytes; null while there is none, or not all of it. */
  size(id: string): Promise<number | null>;
  /** The whole blobs of a scope. */
  list(scope: string): Promise<BlobEntry[]>;
  /** Removes the bytes. An upload URL that was used stays used. */
  remove(id: string): Promise<void>;
  /** Removes every blob of a scope; none can be put there any more, and what is on its way is cut. */
  removeScope(scope: string): Promise<void>;
  /** Removes what was written before a time (ms since the epoch), halves too. Gives how many. The time is before the start of every URL that still holds. */
  sweep(before: number): Promise<number>;
}

export interface UploadGrant {
  readonly id: string;
  readonly size: number;
  readonly contentType: string;
  /** ms since the epoch. */
  readonly endsAt: number;
}

export interface DownloadGrant {
  readonly id: string;
  /** Name under which a browser saves it. */
  readonly filename: string;
  /** ms since the epoch. */
  readonly endsAt: number;
}

export interface BlobEntry {
  readonly id: string;
  readonly size: number;
  /** When it was complete, ms since the epoch. */
  readonly at: number;
}
