import { z } from 'zod';
import { type ResolvedBy, resolvedBy } from './events.ts';
import { timestamp } from './ids.ts';

/** Every error code of the REST contract with its HTTP status. */
export const errorStatus = {
  unauthorized: 401,
  email_domain_not_allowed: 403,
  not_registered: 403,
  no_credentials: 403,
  forbidden: 403,
  not_found: 404,
  invalid_request: 400,
  method_not_allowed: 405,
  unsupported_media_type: 415,
  invalid_api_key: 400,
  invalid_path: 400,
  already_resolved: 409,
  queue_full: 429,
  budget_exhausted: 409,
  oauth_session_expired: 410,
  oauth_code_rejected: 400,
  concurrent_session_limit: 409,
  profile_limit: 409,
  default_profile: 409,
  session_not_running: 409,
  session_not_ended: 409,
  payload_too_large: 413,
  upload_incomplete: 409,
  rate_limited: 429,
  unavailable: 503,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** Codes that only travel in the WebSocket `error` frame; it may also carry any REST code. */
export const socketErrorCodes = ['session_not_found', 'session_crashed', 'invalid_message'] as const;
export type SocketErrorCode = ErrorCode | (typeof socketErrorCodes)[number];

export const errorDetail = z.strictObject({ path: z.string(), message: z.string() });
export type ErrorDetail = z.infer<typeof errorDetail>;

export const errorBody = z
  .strictObject({
    error: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    status: z.int(),
    details: z.array(errorDetail).optional(),
    request_id: z.string().optional(),
    /** With `already_resolved` of an approval or question: whose answer counted, and when. */
    resolved_by: resolvedBy.optional(),
    resolved_at: timestamp.optional(),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.infer<typeof errorBody>;

/** WebSocket close codes. */
export const closeCodes = {
  tooBig: 1009,
  restarting: 1012,
  tokenExpired: 4001,
  slowConsumer: 4008,
  sessionEnded: 4100,
  /** The shell has ended; connecting anew begins another one. */
  shellEnded: 4101,
  /** Not now; the reason comes in an `error` frame before it. */
  tryAgain: 1013,
  internal: 4500,
} as const;

export interface ApiErrorOptions {
  readonly details?: readonly ErrorDetail[];
  /** Seconds until a retry makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** With `already_resolved`: whose answer counted, and when (RFC 3339). */
  readonly first?: { readonly by: ResolvedBy; readonly at: string };
  readonly cause?: unknown;
}

/**
 * An error that a caller of the API is meant to see.
 * `message` says what is wrong and what to do about it, and holds nothing of the inside.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly first: ApiErrorOptions['first'];

  constructor(code: ErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.first = options.first;
  }

  get status(): number {
    return errorStatus[this.code];
  }
}

/** Details of a failed schema check, in the contract's `{path, message}` shape; at most 20. */
export function detailsOf(error: z.core.$ZodError, prefix = ''): ErrorDetail[] {
  return error.issues.slice(0, 20).map((issue) => ({
    path: [prefix, ...issue.path.map(String)].filter((part) => part !== '').join('.'),
    message:
      issue.code === 'unrecognized_keys'
        ? `Unknown field${issue.keys.length > 1 ? 's' : ''}: ${issue.keys.join(', ').slice(0, 200)}`
        : issue.message,
  }));
}
