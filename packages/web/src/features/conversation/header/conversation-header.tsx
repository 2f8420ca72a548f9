import type { Session } from '@ai-sessions/protocol';
import type { ReactNode } from 'react';
import { modeLabel } from '../../../components/session/permission-modes.ts';
import { SessionBadge } from '../../../components/session/session-badge.tsx';
import { useConversation } from '../conversation-context.tsx';
import { ConnectionState } from './connection-state.tsx';
import { UsageMeter } from './usage-meter.tsx';

interface ConversationHeaderProps {
  readonly session: Session;
  /** What can be done with the session as a whole. */
  readonly menu: ReactNode;
}

export function ConversationHeader({ session, menu }: ConversationHeaderProps) {
  const status = useConversation((state) => state.status);
  const activity = useConversation((state) => state.activity);
  const initModel = useConversation((state) => state.init?.model);
  const model = session.model ?? (typeof initModel === 'string' ? initModel : undefined);
  return (
    <header className="border-b border-border bg-surface px-4 py-2 sm:px-6">
      <div className="flex items-center gap-2.5">
        <h1 tabIndex={-1} className="min-w-0 truncate font-semibold">
          {session.name}
        </h1>
        <SessionBadge session={status === undefined ? session : { status, activity }} />
        <div className="ms-auto flex shrink-0 items-center gap-1.5">
          <ConnectionState />
          {menu}
        </div>
      </div>
      <div className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs text-muted-foreground">
        <span title="Permission mode">{modeLabel(session.permission_mode)}</span>
        {model !== undefined && <span title="Model">{model}</span>}
        {session.mcp_server_names.length > 0 && <span className="truncate">MCP: {session.mcp_server_names.join(', ')}</span>}
        <span className="ms-auto">
          <UsageMeter session={session} />
        </span>
      </div>
    </header>
  );
}
