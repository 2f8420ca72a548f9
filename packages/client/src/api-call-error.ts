import type { ErrorCode, ErrorDetail, ResolvedBy } from '@ai-sessions/protocol';

/** Codes of this package's own, beside those of the protocol's table. */
export type LocalErrorCode = 'unexpected_reply';

/** Whose answer to an approval or question counted, and when (RFC 3339). */
export interface Resolved {
  readonly by: ResolvedBy;
  readonly at: string | undefined;
}

export interface ApiCallErrorOptions {
  readonly details?: readonly ErrorDetail[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly requestId?: string | undefined;
  readonly resolved?: Resolved | undefined;
  readonly cause?: unknown;
}

/**
 * The server answered, and the answer is a refusal. `message` is meant for the user: it says what is wrong and what to do.
 * `code` may be one that this client does not know yet. `retryAfterSeconds` is set when a retry makes sense then.
 */
export class ApiCallError extends Error {
  override readonly name = 'ApiCallError';
  readonly code: ErrorCode | LocalErrorCode | (string & {});
  /** HTTP status. */
  readonly status: number;
  readonly details: readonly ErrorDetail[];
  readonly retryAfterSeconds: number | undefined;
  /** Names the failure in the server's log. */
  readonly requestId: string | undefined;
  /** With `already_resolved` of an approval or question, where the server still knows. */
  readonly resolved: Resolved | undefined;

  constructor(code: ApiCallError['code'], status: number, message: string, options: ApiCallErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.details = options.details ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.requestId = options.requestId;
    this.resolved = options.resolved;
  }
}

/** No answer came: the server could not be reached, the connection broke, or the time ran out. Whether the call took effect is unknown. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}
