import { SseError } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';

const LONGEST = 300;

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused: nothing listens there.',
  ECONNRESET: 'The connection broke off.',
  UND_ERR_SOCKET: 'The connection broke off.',
  ENOTFOUND: 'The host name is unknown.',
  EAI_AGAIN: 'The host name could not be resolved.',
  EHOSTUNREACH: 'There is no way to the host.',
  ENETUNREACH: 'There is no way to the host.',
  ETIMEDOUT: 'The host did not answer.',
  UND_ERR_CONNECT_TIMEOUT: 'The host did not answer.',
};

/** What is wrong with a connection to an MCP server, for its user: a sentence, without secrets only once it has been redacted. */
export function connectFailure(error: unknown): string {
  const status = httpStatus(error);
  if (status === 401 || status === 403) return `The server refused the credentials (HTTP ${status}). Check the headers.`;
  if (status === 404) return 'There is no MCP server at this URL (HTTP 404).';
  if (status !== undefined && status > 0) return `The server answered HTTP ${status}.${tail(error)}`;
  if (status === -1) return `The server does not speak MCP.${tail(error)}`;
  if (error instanceof McpError && error.code === (ErrorCode.RequestTimeout as number)) return 'The server did not answer.';
  const code = networkCode(error);
  const known = code === undefined ? undefined : NETWORK[code];
  if (known !== undefined) return known;
  return innermost(error).slice(0, LONGEST) || 'The connection failed.';
}

/** A network error that came before anything was sent. */
export function wasNotSent(error: unknown): boolean {
  const code = networkCode(error);
  return code !== undefined && !['ECONNRESET', 'UND_ERR_SOCKET', 'ETIMEDOUT'].includes(code) && code in NETWORK;
}

/** The HTTP status of an answer that was no success; -1 for one that was not MCP; undefined if the error is of another kind. */
export function httpStatus(error: unknown): number | undefined {
  if (error instanceof StreamableHTTPError || error instanceof SseError) return error.code;
  // How the SDK's SSE transport tells of an answer to a message.
  const [, status] = /\(HTTP (\d{3})\)/.exec(error instanceof Error ? error.message : '') ?? [];
  return status === undefined ? undefined : Number(status);
}

/** Whether the server is there no more, or its session with us, so that it takes a new connection to go on. */
export function isLost(error: unknown): boolean {
  const status = httpStatus(error);
  return status === 404 || networkCode(error) !== undefined;
}

function networkCode(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    const [first] = cause instanceof AggregateError ? cause.errors : [];
    if (first instanceof Error && 'code' in first && typeof first.code === 'string') return first.code;
  }
  // The SDK's SSE transport and the session's way out make a text of their cause.
  const [, code] =
    /\b(E[A-Z]{4,}(?:_AGAIN)?|UND_ERR_[A-Z_]+)\b/.exec(error instanceof Error ? `${error.message} ${innermost(error)}` : '') ?? [];
  if (code === undefined && /could not be reached: timed out/.test(innermost(error))) return 'UND_ERR_CONNECT_TIMEOUT';
  return code ?? (/other side closed|terminated/.test(innermost(error)) ? 'UND_ERR_SOCKET' : undefined);
}

function innermost(error: unknown): string {
  let cause = error;
  for (let depth = 0; cause instanceof Error && cause.cause instanceof Error && depth < 5; depth += 1) cause = cause.cause;
  return oneLine(cause instanceof Error ? cause.message : String(cause));
}

function tail(error: unknown): string {
  const text = oneLine(error instanceof Error ? error.message : '').replace(
    /^(Streamable HTTP error: |SSE error: )?(Error POSTing to endpoint: )?/,
    '',
  );
  return text === '' || text === 'null' ? '' : ` ${text.slice(0, LONGEST)}`;
}

function oneLine(text: string): string {
  return text
    .replace(/^(MCP error -?\d+: |SSE error: |TypeError: )+/, '')
    .replace(/\s+/g, ' ')
    .trim();
}
