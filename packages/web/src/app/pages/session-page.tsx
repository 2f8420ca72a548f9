import type { Session } from '@ai-sessions/protocol';
import { useState } from 'react';
import { Button, buttonClass } from '../../components/ui/button.tsx';
import { ConversationMenuItems } from '../../features/conversation/conversation-menu-items.tsx';
import { ConversationPanel } from '../../features/conversation/conversation-panel.tsx';
import { SessionHeader } from '../../features/conversation/header/session-header.tsx';
import { LiveSession } from '../../features/conversation/live-session.tsx';
import { SessionMenu } from '../../features/sessions/session-menu.tsx';
import { Link, navigate, paths } from '../../lib/router.tsx';
import { useMediaQuery } from '../../lib/use-media-query.ts';
import { NewSession } from '../new-session.tsx';
import { sessionPanels } from '../session-panels.ts';
import { PanelFrame } from '../workspace/panel-frame.tsx';
import { SessionTabs } from '../workspace/session-tabs.tsx';
import { SplitView } from '../workspace/split-view.tsx';

/** From this width on a panel stands beside the conversation; below it takes its place. */
const wide = '(min-width: 75rem)';

interface SessionPageProps {
  readonly id: string;
  /** The panel of the address; undefined for the conversation alone. */
  readonly panel: string | undefined;
}

/** A session as a workspace: its conversation, and the panel of the address beside it or in its place. */
export function SessionPage({ id, panel }: SessionPageProps) {
  return <LiveSession sessionId={id}>{(session) => <Workspace session={session} panelId={panel} />}</LiveSession>;
}

function Workspace({ session, panelId }: { readonly session: Session; readonly panelId: string | undefined }) {
  const isWide = useMediaQuery(wide);
  const panel = sessionPanels.find(({ id }) => id === panelId);
  const showConversation = () => {
    if (!isWide) navigate(paths.session(session.id));
  };
  const conversation = <ConversationPanel session={session} endedActions={<EndedActions />} />;
  const side = panel === undefined ? undefined : <PanelFrame key={panel.id} panel={panel} session={session} />;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <SessionHeader
        session={session}
        menu={
          <SessionMenu session={session} onDeleted={() => navigate(paths.sessions, { replace: true })}>
            <ConversationMenuItems session={session} onShow={showConversation} />
          </SessionMenu>
        }
        tabs={<SessionTabs sessionId={session.id} panels={sessionPanels} current={panel?.id} />}
      />
      {isWide ? <SplitView main={conversation} side={side} /> : (side ?? conversation)}
    </div>
  );
}

function EndedActions() {
  const [creating, setCreating] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setCreating(true)}>
        New session
      </Button>
      <Link href={paths.sessions} className={buttonClass('quiet', 'small')}>
        All sessions
      </Link>
      {creating && <NewSession onClose={() => setCreating(false)} />}
    </>
  );
}
