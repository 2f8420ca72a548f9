import { SessionInbox } from '../../features/inbox/session-inbox.tsx';
import { Page } from './page.tsx';

export function InboxPage() {
  return (
    <Page title="Inbox" about="What waits for you, over all of your sessions." narrow>
      <SessionInbox />
    </Page>
  );
}
