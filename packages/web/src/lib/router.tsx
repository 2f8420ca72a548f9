import { type ComponentProps, type MouseEvent, useEffect, useSyncExternalStore } from 'react';

/** The pages' addresses. */
export const paths = {
  sessions: '/',
  session: (id: string) => `/sessions/${encodeURIComponent(id)}`,
  profiles: '/profiles',
  newProfile: '/profiles/new',
  profile: (id: string) => `/profiles/${encodeURIComponent(id)}`,
  account: '/account',
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

export function navigate(path: string, { replace = false } = {}): void {
  if (path === location.pathname) return;
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

/** Names the page in the browser's tab and history. `mark` stands before it when something waits for the user. */
export function usePageTitle(title: string, mark = ''): void {
  useEffect(() => {
    document.title = `${mark}${title} · AI Sessions`;
  }, [title, mark]);
}
