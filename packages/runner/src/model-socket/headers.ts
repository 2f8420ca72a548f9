import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** Headers that belong to one connection (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** What the inside may not say for itself: who it is, where it comes from. */
const NOT_FROM_INSIDE = ['authorization', 'x-api-key', 'cookie', 'host', 'forwarded', 'via', 'expect'];

/** The headers of a request for the gateway: those from inside that are harmless, and the session's token. */
export function forwardedHeaders(headers: IncomingHttpHeaders, token: string): OutgoingHttpHeaders {
  const dropped = new Set([...HOP_BY_HOP, ...NOT_FROM_INSIDE, ...named(headers.connection)]);
  const kept = Object.entries(headers).filter(
    ([name]) => !dropped.has(name) && !name.startsWith('x-forwarded-') && !name.startsWith('x-real-'),
  );
  return { ...Object.fromEntries(kept), authorization: `Bearer ${token}` };
}

/** The headers of the gateway's answer for the inside. */
export function returnedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const dropped = new Set([...HOP_BY_HOP, 'set-cookie', ...named(headers.connection)]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

function named(connection: string | undefined): string[] {
  return connection?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
}
