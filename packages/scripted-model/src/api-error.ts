/** The body of every error, as Anthropic shapes it. */
export interface ApiErrorBody {
  type: 'error';
  error: { type: string; message: string };
  request_id: string;
}

/** Thrown where a request cannot be answered; the server turns it into a response. */
export class ScriptedApiError extends Error {
  override name = 'ScriptedApiError';
  readonly status: number;
  readonly type: string;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, { type = errorType(status), retryAfter }: { type?: string; retryAfter?: number } = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.retryAfter = retryAfter;
  }

  body(requestId: string): ApiErrorBody {
    return { type: 'error', error: { type: this.type, message: this.message }, request_id: requestId };
  }
}

/** https://docs.claude.com/en/api/errors */
const known: Record<number, { type: string; message: string }> = {
  400: { type: 'invalid_request_error', message: 'Invalid request' },
  401: { type: 'authentication_error', message: 'invalid x-api-key' },
  403: { type: 'permission_error', message: 'Your API key does not have permission to use the specified resource.' },
  404: { type: 'not_found_error', message: 'Not Found' },
  413: { type: 'request_too_large', message: 'Request exceeds the maximum size' },
  429: { type: 'rate_limit_error', message: 'This request would exceed your rate limit.' },
  500: { type: 'api_error', message: 'Internal server error' },
  529: { type: 'overloaded_error', message: 'Overloaded' },
};

function errorType(status: number): string {
  return known[status]?.type ?? 'api_error';
}

export function errorMessage(status: number): string {
  return known[status]?.message ?? 'Internal server error';
}
