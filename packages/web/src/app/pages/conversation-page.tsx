import { useState } from 'react';
import { Button, buttonClass } from '../../components/ui/button.tsx';
import { ConversationView } from '../../features/conversation/conversation-view.tsx';
import { SessionMenu } from '../../features/sessions/session-menu.tsx';
import { Link, navigate, paths } from '../../lib/router.tsx';
import { NewSession } from '../new-session.tsx';

export function ConversationPage({ id }: { readonly id: string }) {
  const [creating, setCreating] = useState(false);
  const actions = (
    <>
      <Button size="small" onClick={() => setCreating(true)}>
        New session
      </Button>
      <Link href={paths.sessions} className={buttonClass('quiet', 'small')}>
        All sessions
      </Link>
    </>
  );
  return (
    <>
      <ConversationView
        sessionId={id}
        renderMenu={(session) => <SessionMenu session={session} onDeleted={() => navigate(paths.sessions, { replace: true })} />}
        endedActions={actions}
      />
      {creating && <NewSession onClose={() => setCreating(false)} />}
    </>
  );
}
