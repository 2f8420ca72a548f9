import type { Session } from '@ai-sessions/protocol';
import { terminalLimits } from '@ai-sessions/protocol';
import { Plus } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { isEnded } from '../../components/session/session-mood.ts';
import { IconButton } from '../../components/ui/button.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { setSearchParam, useSearchParam } from '../../lib/router.tsx';
import { ShellScreen } from './shell-screen.tsx';

const names = ['main', 'second', 'third', 'fourth'].slice(0, terminalLimits.shells);

/** The shells of a session, one of them on the screen. */
export function TerminalPanel({ session }: { readonly session: Session }) {
  const [known, setKnown] = useState<readonly string[]>([]);
  const [begun, setBegun] = useState(0);
  /** Whoever goes through the tabs with the keyboard stays in them. */
  const [byArrow, setByArrow] = useState(false);
  const asked = useSearchParam('shell');
  const current = asked !== null && /^[a-z0-9-]{1,32}$/.test(asked) ? asked : 'main';
  const shells = [...new Set([...known, current])];
  const free = names.find((name) => !shells.includes(name));
  const open = (name: string) => setSearchParam('shell', name === 'main' ? null : name, { replace: true });
  const choose = (name: string) => {
    setByArrow(false);
    open(name);
  };
  /** The arrow keys go from tab to tab, as in every row of tabs. */
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const at = shells.indexOf(current);
    const last = shells.length - 1;
    const next = { ArrowLeft: at === 0 ? last : at - 1, ArrowRight: at === last ? 0 : at + 1, Home: 0, End: last }[event.key];
    const name = next === undefined ? undefined : shells[next];
    if (name === undefined) return;
    event.preventDefault();
    setByArrow(true);
    open(name);
    event.currentTarget.parentElement?.querySelector<HTMLElement>(`[data-shell="${name}"]`)?.focus();
  };
  if (isEnded(session))
    return (
      <div className="p-4">
        <EmptyState title="The session has ended">Its processes are gone, and a shell has nothing to run in.</EmptyState>
      </div>
    );
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-center gap-1 border-b border-border bg-surface px-2 py-1">
        <div className="flex min-w-0 flex-1 gap-1 overflow-x-auto" role="tablist" aria-label="Shells">
          {shells.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={name === current}
              tabIndex={name === current ? 0 : -1}
              data-shell={name}
              {...(name === current ? { 'data-terminal-exit': true } : {})}
              className={classNames(
                'h-7 shrink-0 rounded-md px-2.5 text-xs pointer-coarse:h-9',
                name === current ? 'bg-muted font-medium' : 'text-muted-foreground hover:bg-muted/70 hover:text-foreground',
              )}
              onClick={() => choose(name)}
              onKeyDown={onKeyDown}
            >
              {name}
            </button>
          ))}
        </div>
        {free !== undefined && (
          <IconButton label="New shell" onClick={() => choose(free)}>
            <Plus aria-hidden />
          </IconButton>
        )}
      </div>
      <ShellScreen
        key={`${current} ${begun}`}
        sessionId={session.id}
        shell={current}
        takesFocus={!byArrow}
        onShells={setKnown}
        onAnew={() => {
          setKnown((before) => before.filter((name) => name !== current));
          setBegun((count) => count + 1);
        }}
      />
    </div>
  );
}
