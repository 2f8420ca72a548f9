import { InboxList } from '../../features/inbox/inbox-list.tsx';
import { NotifyMe } from '../../features/inbox/notify-me.tsx';
import { Page } from './page.tsx';

export function InboxPage() {
  return (
    <Page title="Inbox" about="What waits for you, over all of your sessions." narrow actions={<NotifyMe />}>
      <InboxList />
    </Page>
  );
}
