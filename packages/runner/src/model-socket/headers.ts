import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { endToEndHeaders } from '../end-to-end-headers.ts';

/** What the inside may not say for itself: who it is, where it comes from. */
const NOT_FROM_INSIDE = ['authorization', 'x-api-key', 'cookie', 'host', 'forwarded', 'via', 'expect'];

/** The headers of a request for the gateway: those from inside that are harmless, and the session's token. */
export function forwardedHeaders(headers: IncomingHttpHeaders, token: string): OutgoingHttpHeaders {
  const kept = Object.entries(endToEndHeaders(headers, NOT_FROM_INSIDE)).filter(
    ([name]) => !name.startsWith('x-forwarded-') && !name.startsWith('x-real-'),
  );
  return { ...Object.fromEntries(kept), authorization: `Bearer ${token}` };
}

/** The headers of the gateway's answer for the inside. */
export function returnedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return endToEndHeaders(headers, ['set-cookie']);
}
