import { LogOut, Menu as MenuIcon, Monitor, Moon, Plus, Settings, Sun, X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Button, IconButton } from '../components/ui/button.tsx';
import { classNames } from '../components/ui/class-names.ts';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '../components/ui/menu.tsx';
import { overlayClass } from '../components/ui/dialog.tsx';
import { SessionSwitcher } from '../features/sessions/session-switcher.tsx';
import { signOut, useAuth } from '../lib/auth.ts';
import { useOpenAsks } from '../lib/open-asks.ts';
import { Link, navigate, paths, usePathname } from '../lib/router.tsx';
import { setTheme, useTheme } from '../lib/theme.ts';
import { Attention } from './attention.tsx';
import { NewSession } from './new-session.tsx';
import { navigation, type NavigationEntry } from './pages.tsx';

/** What surrounds every page: the sidebar, on narrow screens behind a button. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [creating, setCreating] = useState(false);
  return (
    <div className="flex h-dvh flex-col lg:flex-row">
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:translate-y-0"
      >
        Skip to content
      </a>
      <aside className="hidden w-64 shrink-0 flex-col border-e border-border bg-surface lg:flex" aria-label="Sidebar">
        <SidebarContent onCreate={() => setCreating(true)} />
      </aside>
      <TopBar onCreate={() => setCreating(true)} />
      <main id="main" tabIndex={-1} className="min-h-0 min-w-0 flex-1 overflow-y-auto">
        {children}
      </main>
      <Attention />
      {creating && <NewSession onClose={() => setCreating(false)} />}
    </div>
  );
}

function TopBar({ onCreate }: { readonly onCreate: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-b border-border bg-surface px-2 lg:hidden">
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Trigger asChild>
          <IconButton label="Open the menu">
            <MenuIcon aria-hidden />
          </IconButton>
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className={overlayClass} />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 flex w-72 max-w-[85vw] flex-col border-e border-border bg-surface outline-none"
          >
            <Dialog.Title className="sr-only">Menu</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label="Close the menu" className="absolute top-2.5 right-2">
                <X aria-hidden />
              </IconButton>
            </Dialog.Close>
            <SidebarContent
              onGo={() => setOpen(false)}
              onCreate={() => {
                setOpen(false);
                onCreate();
              }}
            />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
      <Link href={paths.sessions} className="font-semibold">
        AI Sessions
      </Link>
      <IconButton label="New session" className="ms-auto" onClick={onCreate}>
        <Plus aria-hidden />
      </IconButton>
    </header>
  );
}

interface SidebarContentProps {
  readonly onCreate: () => void;
  readonly onGo?: () => void;
}

function SidebarContent({ onCreate, onGo }: SidebarContentProps) {
  return (
    <>
      <div className="flex h-12 shrink-0 items-center gap-2 px-4">
        <img src="/favicon.svg" alt="" className="size-5" />
        <span className="font-semibold">AI Sessions</span>
      </div>
      <div className="px-3 pb-3">
        <Button look="primary" className="w-full" onClick={onCreate}>
          <Plus className="size-4" aria-hidden /> New session
        </Button>
      </div>
      <nav aria-label="Pages" className="px-2 pb-4">
        {navigation.map((entry) => (
          <NavLink key={entry.href} {...entry} {...(onGo === undefined ? {} : { onGo })} />
        ))}
      </nav>
      <div className="min-h-0 flex-1 overflow-y-auto px-2">
        <SessionSwitcher {...(onGo === undefined ? {} : { onGo })} />
      </div>
      <UserMenu />
    </>
  );
}

function NavLink({ href, label, icon: Icon, onGo }: NavigationEntry & { readonly onGo?: () => void }) {
  const pathname = usePathname();
  const isHere = href === paths.sessions ? pathname === href : pathname.startsWith(href);
  return (
    <Link
      href={href}
      onClick={onGo}
      aria-current={isHere ? 'page' : undefined}
      className={classNames(
        'flex h-8 items-center gap-2.5 rounded-md px-2 pointer-coarse:h-11',
        isHere ? 'bg-muted font-medium' : 'text-muted-foreground hover:bg-muted/70 hover:text-foreground',
      )}
    >
      <Icon className="size-4" aria-hidden />
      {label}
      {href === paths.inbox && <WaitingCount />}
    </Link>
  );
}

/** How many approvals and questions wait for the user. */
function WaitingCount() {
  const { data } = useOpenAsks();
  const waiting = data?.asks.length ?? 0;
  if (waiting === 0) return null;
  return (
    <span className="ms-auto min-w-5 rounded-full bg-warn-soft px-1.5 text-center text-xs font-semibold text-warn tabular-nums">
      {data?.more === true ? `${waiting}+` : waiting}
      <span className="sr-only"> waiting</span>
    </span>
  );
}

const themes = [
  { value: 'system', label: 'As the system', icon: <Monitor aria-hidden /> },
  { value: 'light', label: 'Light', icon: <Sun aria-hidden /> },
  { value: 'dark', label: 'Dark', icon: <Moon aria-hidden /> },
] as const;

function UserMenu() {
  const auth = useAuth();
  const theme = useTheme();
  const email = auth.status === 'signed_in' ? auth.email : '';
  return (
    <div className="border-t border-border p-2">
      <Menu
        align="start"
        trigger={
          <button
            type="button"
            className="flex h-9 w-full items-center gap-2.5 rounded-md px-2 text-left hover:bg-muted pointer-coarse:h-11"
          >
            <span
              aria-hidden
              className="flex size-5.5 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent uppercase"
            >
              {email.slice(0, 1) || '?'}
            </span>
            <span className="min-w-0 flex-1 truncate">{email}</span>
            <span className="sr-only">: theme and sign-out</span>
          </button>
        }
      >
        <MenuLabel>Theme</MenuLabel>
        <MenuChoice value={theme} onChange={setTheme} options={themes} />
        <MenuSeparator />
        <MenuItem onSelect={() => navigate(paths.settings)}>
          <Settings aria-hidden /> Settings
        </MenuItem>
        <MenuItem onSelect={() => void signOut()}>
          <LogOut aria-hidden /> Sign out
        </MenuItem>
      </Menu>
    </div>
  );
}
