import { lazy, Suspense, useEffect, useRef } from 'react';
import { Spinner } from '../components/ui/spinner.tsx';
import { paths, usePathname } from '../lib/router.tsx';
import { AccountPage } from './pages/account-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { SessionsPage } from './pages/sessions-page.tsx';

const ConversationPage = lazy(() => import('./pages/conversation-page.tsx').then((module) => ({ default: module.ConversationPage })));
const ProfilesPage = lazy(() => import('./pages/profiles-page.tsx').then((module) => ({ default: module.ProfilesPage })));
const ProfilePage = lazy(() => import('./pages/profile-page.tsx').then((module) => ({ default: module.ProfilePage })));

/** The page of the address. After a change of page its heading has the focus, so that reading goes on there. */
export function Router() {
  const pathname = usePathname();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    const heading = document.querySelector<HTMLElement>('main h1') ?? document.querySelector<HTMLElement>('main');
    heading?.focus({ preventScroll: true });
  }, [pathname]);
  return <Suspense fallback={<Spinner label="Opening…" />}>{pageOf(pathname)}</Suspense>;
}

function pageOf(pathname: string) {
  if (pathname === paths.sessions || pathname === '/sign-in' || pathname === '/sessions') return <SessionsPage />;
  if (pathname === paths.profiles) return <ProfilesPage />;
  if (pathname === paths.newProfile) return <ProfilePage id={undefined} />;
  if (pathname === paths.account) return <AccountPage />;
  const [, kind, id] = /^\/(sessions|profiles)\/([^/]+)$/.exec(pathname) ?? [];
  if (id === undefined) return <NotFoundPage />;
  const decoded = safelyDecoded(id);
  return kind === 'sessions' ? <ConversationPage key={decoded} id={decoded} /> : <ProfilePage key={decoded} id={decoded} />;
}

function safelyDecoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
