import { useEffect } from 'react';
import { useFragment } from '../../../lib/router.tsx';
import { useConversationStore } from '../conversation-context.tsx';
import { placeOfEntry } from './place-of-entry.ts';

/** Goes to the entry that the address names after its `#`, when the conversation is opened with it or it changes. */
export function useDeepLink(): void {
  const store = useConversationStore();
  const key = useFragment();
  useEffect(() => {
    const place = key === '' ? undefined : placeOfEntry(store.state, key);
    if (place !== undefined) store.reveal(place);
  }, [store, key]);
}
