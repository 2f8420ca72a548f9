import type { ServerResponse } from 'node:http';

/**
 * A call that the gateway does not pass on, in Anthropic's own error shape, so that Claude Code shows the message to
 * its user. The status decides what follows. Claude Code 2.1.330 makes one request and shows the message at 402, the same at
 * 403 with "Failed to authenticate" before it, six requests at 400; it tries 401, 409, 429 and 5xx again.
 */
export interface GatewayRefusal {
  readonly status: number;
  /** Anthropic's error type, such as `permission_error`. */
  readonly type: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** Answers with a refusal, or cuts a response that has begun. */
export function sendRefusal(res: ServerResponse, refusal: GatewayRefusal): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const body = JSON.stringify({ type: 'error', error: { type: refusal.type, message: refusal.message } });
  res.writeHead(refusal.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(refusal.retryAfterSeconds === undefined ? {} : { 'retry-after': String(refusal.retryAfterSeconds) }),
    // What is left of a body that is too large is not read.
    ...(refusal.status === 413 ? { connection: 'close' } : {}),
  });
  res.end(body);
}

export const refusals = {
  notFound: {
    status: 404,
    type: 'not_found_error',
    message: 'The model gateway serves only /v1/messages, /v1/messages/count_tokens and /v1/models.',
  },
  badToken: {
    status: 401,
    type: 'authentication_error',
    message: 'The session’s model access has ended or was never given. It is renewed by itself; send the prompt again.',
  },
  tooManyCalls: {
    status: 429,
    type: 'rate_limit_error',
    message: 'The session makes too many model calls at once. Wait until some have ended.',
    retryAfterSeconds: 1,
  },
  noCredentials: {
    status: 403,
    type: 'permission_error',
    message:
      'no_credentials: no Claude credential is stored. Add an API key or sign in to Claude in the settings, then send the prompt again.',
  },
  tooLarge: {
    status: 413,
    type: 'request_too_large',
    message: 'The request to the model is over 64 MB. Start a new session, or remove large files from the prompt.',
  },
  internal: { status: 500, type: 'api_error', message: 'The server could not pass the call on. Try again.' },
  unreachable: { status: 502, type: 'api_error', message: 'The model API cannot be reached now. Try again in a moment.' },
  timeout: { status: 504, type: 'timeout_error', message: 'The model API did not answer in time. Try again in a moment.' },
  unusable: {
    status: 502,
    type: 'api_error',
    message: 'The model API gave an answer that cannot be passed on. Tell your operator to check the upstream.',
  },
} as const satisfies Record<string, GatewayRefusal>;

/** What a session is told whose budget is spent, or its user's of the day; for `GatewaySessions.admit`. */
export function budgetRefusal(why: string): GatewayRefusal {
  return { status: 402, type: 'billing_error', message: `budget_exhausted: ${why}` };
}
