import { Bookmark, ChartColumn, Inbox, type LucideIcon, MessagesSquare, Settings } from 'lucide-react';
import { lazy, type ReactNode } from 'react';
import { paths } from '../lib/router.tsx';
import { SessionsPage } from './pages/sessions-page.tsx';

const InboxPage = lazy(() => import('./pages/inbox-page.tsx').then((module) => ({ default: module.InboxPage })));
const ProfilePage = lazy(() => import('./pages/profile-page.tsx').then((module) => ({ default: module.ProfilePage })));
const ProfilesPage = lazy(() => import('./pages/profiles-page.tsx').then((module) => ({ default: module.ProfilesPage })));
const SessionPage = lazy(() => import('./pages/session-page.tsx').then((module) => ({ default: module.SessionPage })));
const SettingsPage = lazy(() => import('./pages/settings-page.tsx').then((module) => ({ default: module.SettingsPage })));

const UsagePage = lazy(() => import('./pages/usage-page.tsx').then((module) => ({ default: module.UsagePage })));

export interface AppPage {
  /** A pattern of `matchPath`. The first page of the list that fits is shown. */
  readonly path: string;
  readonly render: (params: Readonly<Record<string, string>>) => ReactNode;
}

/** Every page there is. A new one is an entry here, lazily loaded, and an entry in `navigation` if it belongs there. */
export const pages: readonly AppPage[] = [
  { path: paths.sessions, render: () => <SessionsPage /> },
  { path: '/sessions', render: () => <SessionsPage /> },
  { path: '/sign-in', render: () => <SessionsPage /> },
  {
    path: '/sessions/:id/:panel?',
    render: ({ id = '', panel }) => <SessionPage key={id} id={id} panel={panel} />,
  },
  { path: paths.inbox, render: () => <InboxPage /> },
  { path: paths.profiles, render: () => <ProfilesPage /> },
  { path: paths.newProfile, render: () => <ProfilePage id={undefined} /> },
  { path: '/profiles/:id', render: ({ id }) => <ProfilePage key={id} id={id} /> },
  { path: paths.usage, render: () => <UsagePage /> },
  { path: paths.settings, render: () => <SettingsPage /> },
];

export interface NavigationEntry {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
}

/** The pages in the sidebar, in order. */
export const navigation: readonly NavigationEntry[] = [
  { href: paths.sessions, label: 'Sessions', icon: MessagesSquare },
  { href: paths.inbox, label: 'Inbox', icon: Inbox },
  { href: paths.profiles, label: 'Profiles', icon: Bookmark },
  { href: paths.usage, label: 'Usage', icon: ChartColumn },
  { href: paths.settings, label: 'Settings', icon: Settings },
];
