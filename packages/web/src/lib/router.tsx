import { type ComponentProps, type MouseEvent, useSyncExternalStore } from 'react';
import { decodedComponent } from './match-path.ts';

/** The pages' addresses. */
export const paths = {
  sessions: '/',
  /** A session; with a panel, that panel beside or instead of its conversation. */
  session: (id: string, panel?: string) => `/sessions/${encodeURIComponent(id)}${panel === undefined ? '' : `/${panel}`}`,
  inbox: '/inbox',
  profiles: '/profiles',
  newProfile: '/profiles/new',
  profile: (id: string) => `/profiles/${encodeURIComponent(id)}`,
  usage: '/usage',
  settings: '/settings',
} as const;

const listeners = new Set<() => void>();
const notify = () => listeners.forEach((listener) => listener());
addEventListener('popstate', notify);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePathname(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

/** A parameter of the address, as `path` in `?path=/workspace`; null where it is absent. Set it with `setSearchParam`. */
export function useSearchParam(name: string): string | null {
  return useSyncExternalStore(subscribe, () => new URLSearchParams(location.search).get(name));
}

/** Sets a parameter of the address, or with null takes it away; as a step that "back" undoes, unless `replace`. */
export function setSearchParam(name: string, value: string | null, { replace = false } = {}): void {
  const search = new URLSearchParams(location.search);
  if (value === null) search.delete(name);
  else search.set(name, value);
  const query = search.toString();
  navigate(query === '' ? location.pathname : `${location.pathname}?${query}`, { replace });
}

/** What follows the `#` of the address, decoded; empty where there is nothing. */
export function useFragment(): string {
  return useSyncExternalStore(subscribe, () => decodedComponent(location.hash.slice(1)));
}

/** Goes to an address of this app: a path, with a query and a fragment where they are wanted. */
export function navigate(path: string, { replace = false } = {}): void {
  if (path === location.pathname + location.search + location.hash) return;
  if (replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  notify();
}

/** A link within the app. A click with a modifier, or to another tab, stays the browser's. */
export function Link({ href, onClick, children, ...props }: ComponentProps<'a'> & { readonly href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a href={href} onClick={follow} {...props}>
      {children}
    </a>
  );
}
