import { NetworkError } from '@ai-sessions/client';
import { useSyncExternalStore } from 'react';
import { AuthSession, type AuthServer, type AuthState } from './auth-session.ts';

const server: AuthServer = {
  async post(path, body) {
    const init: RequestInit = { method: 'POST', credentials: 'same-origin', signal: AbortSignal.timeout(15_000) };
    if (body !== undefined) {
      init.headers = { 'content-type': 'application/json' };
      init.body = JSON.stringify(body);
    }
    try {
      const response = await fetch(path, init);
      return { status: response.status, json: await response.json().catch(() => undefined) };
    } catch (cause) {
      throw new NetworkError('The server could not be reached. Check that it runs, and your connection to it.', { cause });
    }
  },
};

/** Locks exist in secure contexts only; elsewhere each page renews for itself. */
function exclusively<T>(work: () => Promise<T>): Promise<T> {
  return 'locks' in navigator ? (navigator.locks.request('auth-refresh', work) as Promise<T>) : work();
}

export const auth = new AuthSession(server, Date.now, exclusively);

const pages = 'BroadcastChannel' in globalThis ? new BroadcastChannel('auth') : undefined;
pages?.addEventListener('message', (event) => {
  if (event.data === 'signed_out') auth.signedOutElsewhere();
});

export async function signOut(): Promise<void> {
  pages?.postMessage('signed_out');
  await auth.signOut();
}

/** Takes the one-time code out of the address, so that it is in no history and no screenshot, and signs in with it. */
export async function startAuth(): Promise<void> {
  const code = new URLSearchParams(location.hash.slice(1)).get('code') ?? undefined;
  if (code !== undefined) history.replaceState(null, '', location.pathname === '/sign-in' ? '/' : location.pathname);
  await auth.start(code);
}

export function useAuth(): AuthState {
  return useSyncExternalStore(
    (listener) => auth.subscribe(listener),
    () => auth.state,
  );
}
