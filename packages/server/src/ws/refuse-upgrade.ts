import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiError } from '@ai-sessions/protocol';
import { type ErrorBody } from '@ai-sessions/protocol';

/** Answers an upgrade request with an error in the contract's shape and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: ApiError): void {
  const body: ErrorBody = { error: error.code, message: error.message, status: error.status };
  const text = JSON.stringify(body);
  const retry = error.retryAfterSeconds === undefined ? '' : `Retry-After: ${error.retryAfterSeconds}\r\n`;
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${retry}Connection: close\r\n\r\n${text}`,
  );
}
