import { ApiError, type TerminalRequest, sessionId, terminalRequest } from '@ai-sessions/protocol';
import { z } from 'zod';

/** Where a WebSocket upgrade wants to go. */
export type UpgradeTarget =
  | { readonly kind: 'link' }
  /** A runner dials in for a viewer of a shell. */
  | { readonly kind: 'terminal_dial'; readonly dialId: string }
  | { readonly kind: 'terminal'; readonly sessionId: string; readonly request: TerminalRequest; readonly token: string | null }
  | {
      readonly kind: 'session';
      readonly sessionId: string;
      readonly afterSeq: number;
      readonly deltas: boolean;
      readonly token: string | null;
    };

const query = z.strictObject({
  token: z.string().optional(),
  after_seq: z
    .string()
    .regex(/^\d{1,15}$/, 'after_seq is a whole number')
    .transform(Number)
    .optional(),
  deltas: z.enum(['0', '1']).optional(),
});

/**
 * Reads the target of an upgrade request.
 * @throws ApiError `not_found`, `forbidden` (organisation sessions), `invalid_request`.
 */
export function upgradeTarget(requestUrl: string): UpgradeTarget {
  const url = URL.parse(requestUrl, 'http://server');
  if (url === null) throw new ApiError('invalid_request', 'The address is not a valid URL.');
  if (url.pathname === '/internal/link') return { kind: 'link' };
  const dialId = /^\/internal\/terminals\/([A-Za-z0-9-]{1,64})$/.exec(url.pathname)?.[1];
  if (dialId !== undefined) return { kind: 'terminal_dial', dialId };
  if (/^\/v1\/ws\/org\/sessions\/[^/]+$/.test(url.pathname))
    throw new ApiError('forbidden', 'Sessions belong to users here; there are no organisation sessions.');
  const shellOf = sessionId.safeParse(/^\/v1\/sessions\/([^/]+)\/terminal$/.exec(url.pathname)?.[1]);
  if (shellOf.success) return { kind: 'terminal', sessionId: shellOf.data, ...terminalTarget(url.searchParams) };
  const match = /^\/v1\/(?:sessions\/([^/]+)\/ws|ws\/sessions\/([^/]+))$/.exec(url.pathname);
  const id = sessionId.safeParse(match?.[1] ?? match?.[2]);
  if (match === null || !id.success) throw new ApiError('not_found', 'There is no WebSocket here. Connect to /v1/sessions/{id}/ws.');
  const names = [...url.searchParams.keys()];
  const values = query.safeParse(Object.fromEntries(url.searchParams));
  if (!values.success || new Set(names).size !== names.length) {
    throw new ApiError('invalid_request', 'The query may hold token, after_seq (a whole number) and deltas (0 or 1), each once.');
  }
  return {
    kind: 'session',
    sessionId: id.data,
    afterSeq: values.data.after_seq ?? 0,
    deltas: values.data.deltas === '1',
    token: values.data.token ?? null,
  };
}

const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'a whole number')
  .transform(Number);
const terminalQuery = z.strictObject({
  token: z.string().optional(),
  terminal: z.string().default('main'),
  cols: wholeNumber.default(80),
  rows: wholeNumber.default(24),
  after: wholeNumber.nullable().default(null),
  window: wholeNumber.nullable().default(null),
});

function terminalTarget(params: URLSearchParams): { request: TerminalRequest; token: string | null } {
  const values = terminalQuery.safeParse(Object.fromEntries(params));
  const { token, ...wanted } = values.data ?? {};
  const request = terminalRequest.safeParse(wanted);
  if (!values.success || !request.success || new Set(params.keys()).size !== [...params.keys()].length) {
    throw new ApiError(
      'invalid_request',
      'The query may hold token, terminal (a name of up to 32 letters, digits or hyphens), cols and rows (1 to 1000), after and window (bytes), each once.',
    );
  }
  return { request: request.data, token: token ?? null };
}

/** The token of an upgrade request: `?token=`, the Authorization header, or the subprotocol pair `access_token, <JWT>`. */
export function upgradeToken(
  target: { readonly token: string | null },
  headers: { readonly authorization?: string | undefined; readonly 'sec-websocket-protocol'?: string | undefined },
): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const [protocol, token] = (headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  return bearer ?? (protocol === 'access_token' && token !== undefined && token !== '' ? token : null) ?? target.token;
}
