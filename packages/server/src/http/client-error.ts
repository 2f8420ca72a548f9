import type { Socket } from 'node:net';
import { ApiError } from '@ai-sessions/protocol';
import { errorReply } from './error-reply.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers what Node's HTTP parser refused, in the contract's error shape, and closes the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = errorReply(new ApiError('invalid_request', `The request could not be read: ${fault(error.code)}`), '');
  const text = JSON.stringify(body);
  const headers = {
    ...securityHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Bad Request\r\n${head.join('')}\r\n${text}`, () => socket.destroy());
}

function fault(code: string | undefined): string {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'its URL and headers are together over 16 KB.';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'it did not arrive in time.';
    default:
      return 'it is not valid HTTP.';
  }
}
