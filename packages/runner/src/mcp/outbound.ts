import { type Dispatcher, fetch as undiciFetch } from 'undici';

/** How a runner reaches a host outside on behalf of a session: `fetch`, under the session's network policy. */
export type Outbound = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A way out through this dispatcher, which has the policy. */
export function outboundThrough(dispatcher: Dispatcher): Outbound {
  // undici's own fetch, so that dispatcher and fetch are of one version. Its types are not the global ones, its objects are.
  const send = undiciFetch as unknown as (url: string | URL, init: object) => Promise<Response>;
  return (url, init = {}) => send(url, { ...init, dispatcher });
}
