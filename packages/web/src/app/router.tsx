import { Suspense, useEffect, useRef } from 'react';
import { Spinner } from '../components/ui/spinner.tsx';
import { matchPath } from '../lib/match-path.ts';
import { usePathname } from '../lib/router.tsx';
import { pages } from './pages.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';

/** The page of the address. After a change of page its heading has the focus, so that reading goes on there. */
export function Router() {
  const pathname = usePathname();
  const place = placeOf(pathname);
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    const heading = document.querySelector<HTMLElement>('main h1') ?? document.querySelector<HTMLElement>('main');
    heading?.focus({ preventScroll: true });
  }, [place]);
  return <Suspense fallback={<Spinner label="Opening…" />}>{pageOf(pathname)}</Suspense>;
}

/** What is a page of its own: the panels of a session are not. */
function placeOf(pathname: string): string {
  return matchPath('/sessions/:id/:panel?', pathname)?.id ?? pathname;
}

function pageOf(pathname: string) {
  for (const { path, render } of pages) {
    const params = matchPath(path, pathname);
    if (params !== undefined) return render(params);
  }
  return <NotFoundPage />;
}
