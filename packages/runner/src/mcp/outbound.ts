import { Agent, fetch as undiciFetch } from 'undici';

/** How a runner reaches a host outside on behalf of a session: `fetch`, under the session's network policy. */
export type Outbound = (url: string | URL, init?: RequestInit) => Promise<Response>;

const CONNECT_MS = 10_000;

/**
 * A way out without a policy of its own. No timeout but for connecting: a tool call may take hours, and its stream be
 * silent all the while.
 */
export function directOutbound(): Outbound & AsyncDisposable {
  const dispatcher = new Agent({ connect: { timeout: CONNECT_MS }, headersTimeout: 0, bodyTimeout: 0 });
  // undici's own fetch, so that dispatcher and fetch are of one version. Its types are not the global ones, its objects are.
  const send = undiciFetch as unknown as (url: string | URL, init: object) => Promise<Response>;
  const outbound = (url: string | URL, init: RequestInit = {}) => send(url, { ...init, dispatcher });
  return Object.assign(outbound, { [Symbol.asyncDispose]: () => dispatcher.destroy() });
}
