import { defaultLimits } from '@ai-sessions/protocol';
import { Plus } from 'lucide-react';
import { buttonClass } from '../../components/ui/button.tsx';
import { ProfileList } from '../../features/profiles/profile-list.tsx';
import { Link, paths } from '../../lib/router.tsx';
import { Page } from './page.tsx';

export function ProfilesPage() {
  return (
    <Page
      title="Profiles"
      about={`Settings to start sessions with. You can have ${defaultLimits.profiles}.`}
      narrow
      actions={
        <Link href={paths.newProfile} className={buttonClass('primary')}>
          <Plus className="size-4" aria-hidden /> New profile
        </Link>
      }
    >
      <ProfileList />
    </Page>
  );
}
