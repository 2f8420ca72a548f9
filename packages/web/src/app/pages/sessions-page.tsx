import { useState } from 'react';
import { useProfiles } from '../../features/profiles/api/profiles.ts';
import { SessionList } from '../../features/sessions/session-list.tsx';
import { NewSession } from '../new-session.tsx';
import { Page } from './page.tsx';

export function SessionsPage() {
  const { data: profiles = [] } = useProfiles();
  const [creating, setCreating] = useState(false);
  const create = () => setCreating(true);
  return (
    <Page title="Sessions">
      <SessionList profiles={profiles} onCreate={create} />
      {creating && <NewSession onClose={() => setCreating(false)} />}
    </Page>
  );
}
