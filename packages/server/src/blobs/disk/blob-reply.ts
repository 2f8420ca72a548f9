import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ApiError, ErrorBody } from '@ai-sessions/protocol';

/** Whatever the bytes are, a browser runs nothing of them, and shows nothing in our origin's name. */
const baseHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'private, no-store',
} as const;

/** How long a refused sender may go on before it is cut off: many read the answer only when they could write. */
const lingerMs = 1000;

export function writeHead(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  response.writeHead(status, { ...baseHeaders, ...headers });
}

export function sendJson(response: ServerResponse, status: number, body: object, headers: OutgoingHttpHeaders = {}): void {
  const text = JSON.stringify(body);
  writeHead(response, status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

export function sendEmpty(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  writeHead(response, status, headers);
  response.end();
}

/** Answers with the error in the contract's form. What the request still sends is not read to its end. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  error: ApiError,
  requestId: string,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.destroyed) return;
  if (response.headersSent) return void response.destroy();
  const { code, message, status, retryAfterSeconds } = error;
  const body: ErrorBody = { error: code, message, status, ...(status >= 500 ? { request_id: requestId } : {}) };
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) };
  sendJson(response, status, body, { 'x-request-id': requestId, ...retry, ...headers });
  if (request.complete) return;
  const { socket } = request;
  const timer = setTimeout(() => {
    if (!request.complete) socket.destroy();
  }, lingerMs);
  request.once('close', () => clearTimeout(timer));
  request.resume();
}
