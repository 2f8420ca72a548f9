import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Spinner } from '../../components/ui/spinner.tsx';
import { useProfiles } from '../../features/profiles/api/profiles.ts';
import { ProfileEditor } from '../../features/profiles/profile-editor.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import { Page } from './page.tsx';

/** Edits the profile of `id`; without one makes a new one. */
export function ProfilePage({ id }: { readonly id: string | undefined }) {
  const profiles = useProfiles();
  if (id === undefined) {
    return (
      <Page title="New profile" narrow>
        <ProfileEditor profile={undefined} />
      </Page>
    );
  }
  if (profiles.isPending) return <Spinner label="Fetching the profile…" />;
  if (profiles.isError) return <ErrorNotice error={profiles.error} onRetry={() => void profiles.refetch()} className="m-6" />;
  const profile = profiles.data.find((each) => each.id === id);
  if (profile === undefined) return <NotFoundPage />;
  return (
    <Page title={profile.name} narrow about={profile.is_default ? 'The default: sessions start with it unless told otherwise.' : undefined}>
      <ProfileEditor profile={profile} />
    </Page>
  );
}
