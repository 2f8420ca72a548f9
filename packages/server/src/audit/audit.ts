import type { AuditAction, AuditDetail, AuditEntry } from '@ai-sessions/protocol';

/**
 * Who did what. An act is written down after it succeeded and before it is answered: nobody gets an answer to an act that is not in
 * here. Rows are only ever added; they go with their user.
 */
export interface Audit {
  /** Writes down an act of a registered user; one who is not registered leaves nothing. `detail` holds no secret and no content. */
  record(userId: string, action: AuditAction, subject: string | null, detail?: AuditDetail): Promise<void>;
  /** A page of the user's own acts, newest first. @throws ApiError `invalid_request` on a cursor that is not ours. */
  list(
    userId: string,
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  ): Promise<{ entries: AuditEntry[]; next_cursor: string }>;
}
