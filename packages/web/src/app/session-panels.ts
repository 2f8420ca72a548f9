import { FileDiff, Files, Globe, type LucideIcon, SlidersHorizontal, SquareTerminal } from 'lucide-react';
import type { Session } from '@ai-sessions/protocol';
import { type ComponentType, lazy } from 'react';

export interface SessionPanelProps {
  readonly session: Session;
  /** Grows whenever a tool of the session has finished or a turn has ended: what a panel shows may have changed then. */
  readonly pulse: number;
}

export interface SessionPanel {
  /** Its place in the address: `/sessions/:id/<id>`. What it shows of itself goes into the query (`useSearchParam`). */
  readonly id: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** Fills the panel and scrolls by itself. Lazily loaded, so that the first page carries none of it. */
  readonly Panel: ComponentType<SessionPanelProps>;
}

/** What a session has beside its conversation, in the order of the tabs. A new one is an entry here. */
export const sessionPanels: readonly SessionPanel[] = [
  {
    id: 'files',
    label: 'Files',
    icon: Files,
    Panel: lazy(() => import('../features/files/files-panel.tsx').then((module) => ({ default: module.FilesPanel }))),
  },
  {
    id: 'changes',
    label: 'Changes',
    icon: FileDiff,
    Panel: lazy(() => import('../features/changes/changes-panel.tsx').then((module) => ({ default: module.ChangesPanel }))),
  },
  {
    id: 'terminal',
    label: 'Terminal',
    icon: SquareTerminal,
    Panel: lazy(() => import('../features/terminal/terminal-panel.tsx').then((module) => ({ default: module.TerminalPanel }))),
  },
  {
    id: 'network',
    label: 'Network',
    icon: Globe,
    Panel: lazy(() => import('../features/egress/egress-panel.tsx').then((module) => ({ default: module.EgressPanel }))),
  },
  {
    id: 'details',
    label: 'Details',
    icon: SlidersHorizontal,
    Panel: lazy(() => import('../features/session-details/details-panel.tsx').then((module) => ({ default: module.DetailsPanel }))),
  },
];
