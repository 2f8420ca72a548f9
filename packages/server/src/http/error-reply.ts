import { ApiError, type ErrorBody, type ErrorCode, errorStatus } from '@ai-sessions/protocol';

import { StoreFailure, toldOfStore } from '../store/store-failure.ts';

export interface ErrorReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
  /** The error was not meant for the caller: it is to be logged whole, under the reply's request id. */
  readonly unexpected: boolean;
}

/** Any error, thrown by us or by the HTTP framework, as the reply that the contract gives it. */
export function errorReply(error: unknown, requestId: string): ErrorReply {
  const known = error instanceof ApiError ? error : error instanceof StoreFailure ? toldOfStore(error) : fromFramework(error);
  if (known === null) {
    const message = `Something went wrong on our side. Try again; if it stays, tell the operator this request id: ${requestId}`;
    return { ...reply('internal', message, requestId), unexpected: true };
  }
  const { status, headers, body } = reply(known.code, known.message, requestId);
  return {
    status,
    headers:
      known.retryAfterSeconds === undefined
        ? headers
        : { ...headers, 'retry-after': String(Math.max(1, Math.ceil(known.retryAfterSeconds))) },
    body: {
      ...body,
      ...(known.details === undefined ? {} : { details: [...known.details] }),
      ...(known.first === undefined ? {} : { resolved_by: known.first.by, resolved_at: known.first.at }),
    },
    unexpected: false,
  };
}

function reply(code: ErrorCode, message: string, requestId: string): Pick<ErrorReply, 'status' | 'headers' | 'body'> {
  const status = errorStatus[code];
  return {
    status,
    headers: code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {},
    body: { error: code, message, status, ...(status >= 500 ? { request_id: requestId } : {}) },
  };
}

/** Faults of a request that the framework found before we saw it; null for anything that is not the caller's doing. */
function fromFramework(error: unknown): ApiError | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null;
  const { statusCode } = error;
  if (statusCode === 413) return new ApiError('payload_too_large', 'The request body is too large.');
  if (statusCode === 415) return unsupportedMediaType();
  if (statusCode === 404) return new ApiError('not_found', 'There is nothing at this address.');
  if (statusCode >= 400 && statusCode < 500)
    return new ApiError('invalid_request', `The request could not be read: ${frameworkFault(error)}`);
  return null;
}

/** The framework's own words quote the request, so each of its codes has words of ours. */
function frameworkFault(error: Error & { code?: unknown }): string {
  switch (error.code) {
    case 'FST_ERR_BAD_URL':
      return 'its URL is not properly percent-encoded.';
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return 'its body is not as long as its Content-Length says.';
    default:
      return 'it is malformed.';
  }
}

export function unsupportedMediaType(): ApiError {
  return new ApiError('unsupported_media_type', 'Send the body as JSON, with "Content-Type: application/json".');
}
