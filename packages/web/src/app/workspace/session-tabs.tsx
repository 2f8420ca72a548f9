import { type LucideIcon, MessageSquare } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { classNames } from '../../components/ui/class-names.ts';
import { Link, paths } from '../../lib/router.tsx';
import { useScrollEdges } from '../../lib/use-scroll-edges.ts';
import type { SessionPanel } from '../session-panels.ts';

interface SessionTabsProps {
  readonly sessionId: string;
  readonly panels: readonly SessionPanel[];
  /** Undefined for the conversation. */
  readonly current: string | undefined;
}

/** The parts of a session. They are links: each has an address of its own. */
export function SessionTabs({ sessionId, panels, current }: SessionTabsProps) {
  const row = useRef<HTMLElement>(null);
  const { before, after } = useScrollEdges(row);
  useEffect(() => {
    const element = row.current;
    if (element === null) return;
    // Called at once, and whenever there is more or less room.
    const resized = new ResizeObserver(() =>
      element.querySelector(`[data-part="${current ?? ''}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' }),
    );
    resized.observe(element);
    return () => resized.disconnect();
  }, [current]);
  return (
    <nav
      ref={row}
      aria-label="Parts of this session"
      className={classNames(
        '-mb-px flex min-w-0 scroll-px-10 overflow-x-auto [scrollbar-width:none]',
        before && 'fade-before',
        after && 'fade-after',
      )}
    >
      <Tab href={paths.session(sessionId)} part="" label="Conversation" icon={MessageSquare} isHere={current === undefined} />
      {panels.map(({ id, label, icon }) => (
        <Tab key={id} part={id} href={paths.session(sessionId, id)} label={label} icon={icon} isHere={current === id} />
      ))}
    </nav>
  );
}

interface TabProps {
  readonly href: string;
  readonly part: string;
  readonly label: string;
  readonly icon: LucideIcon;
  readonly isHere: boolean;
}

function Tab({ href, part, label, icon: Icon, isHere }: TabProps) {
  return (
    <Link
      href={href}
      data-part={part}
      aria-current={isHere ? 'page' : undefined}
      className={classNames(
        'flex h-9 shrink-0 items-center gap-1.5 border-b-2 px-2.5 -outline-offset-2 pointer-coarse:h-11',
        isHere ? 'border-accent font-medium' : 'border-transparent text-muted-foreground hover:text-foreground',
      )}
    >
      <Icon className="size-4" aria-hidden />
      {label}
    </Link>
  );
}
