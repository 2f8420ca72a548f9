import { useProfiles } from '../features/profiles/api/profiles.ts';
import { CreateSessionDialog } from '../features/sessions/create-session-dialog.tsx';

/** The dialog that creates a session, with the user's profiles to choose from. */
export function NewSession({ onClose }: { readonly onClose: () => void }) {
  const { data: profiles = [] } = useProfiles();
  return <CreateSessionDialog profiles={profiles} onClose={onClose} />;
}
