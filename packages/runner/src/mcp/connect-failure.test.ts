import { SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { expect, it } from 'vitest';
import { connectFailure, isLost, wasNotSent } from './connect-failure.ts';

const network = (code: string, message = code) => new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });

it.each([
  [new StreamableHTTPError(401, 'Error POSTing to endpoint: no'), 'The server refused the credentials (HTTP 401). Check the headers.'],
  [new SseError(403, 'no', {} as never), 'The server refused the credentials (HTTP 403). Check the headers.'],
  [new StreamableHTTPError(404, 'x'), 'There is no MCP server at this URL (HTTP 404).'],
  [new StreamableHTTPError(500, 'Error POSTing to endpoint: boom'), 'The server answered HTTP 500. boom'],
  [new StreamableHTTPError(-1, 'Unexpected content type: text/html'), 'The server does not speak MCP. Unexpected content type: text/html'],
  [new McpError(ErrorCode.RequestTimeout, 'Request timed out'), 'The server did not answer.'],
  [network('ECONNREFUSED'), 'The connection was refused: nothing listens there.'],
  [new Error('SSE error: TypeError: fetch failed: connect ECONNREFUSED 127.0.0.1:1'), 'The connection was refused: nothing listens there.'],
  [
    new TypeError('fetch failed', { cause: new Error('127.0.0.1:9 could not be reached: ECONNREFUSED.') }),
    'The connection was refused: nothing listens there.',
  ],
  [new TypeError('fetch failed', { cause: new Error('10.0.0.1 is a private address.') }), '10.0.0.1 is a private address.'],
  [new Error('SSE error: TypeError: terminated: other side closed'), 'The connection broke off.'],
  [network('CERT_HAS_EXPIRED', 'certificate has expired'), 'certificate has expired'],
  [new Error(''), 'The connection failed.'],
])('%s', (error, text) => expect(connectFailure(error)).toBe(text));

it('knows what may be sent again', () => {
  expect(wasNotSent(network('ECONNREFUSED'))).toBe(true);
  expect(wasNotSent(network('ECONNRESET'))).toBe(false);
  expect(wasNotSent(new StreamableHTTPError(500, 'x'))).toBe(false);
  expect(isLost(new StreamableHTTPError(404, 'x'))).toBe(true);
  expect(isLost(new McpError(ErrorCode.InvalidParams, 'x'))).toBe(false);
});
