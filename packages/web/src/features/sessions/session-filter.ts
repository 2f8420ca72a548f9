import type { Session, SessionStatusFilter } from '@ai-sessions/protocol';

export type Show = 'all' | 'waiting' | 'open' | 'ended' | 'failed';

export const shows: readonly { readonly value: Show; readonly label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'waiting', label: 'Needs you' },
  { value: 'open', label: 'Open' },
  { value: 'ended', label: 'Ended' },
  { value: 'failed', label: 'Failed' },
];

/** What an address asks to see; all where it asks for nothing that there is. */
export function parseShow(text: string | null): Show {
  return shows.find(({ value }) => value === text)?.value ?? 'all';
}

/** The status to ask the server for, of the sessions that have ended; undefined where none of those are shown. */
export function endedStatus(show: Show): SessionStatusFilter | undefined {
  if (show === 'all' || show === 'ended') return 'ended';
  return show === 'failed' ? 'failed' : undefined;
}

/** Those of the open sessions that are shown. They are few and all known here; the search is the server's own. */
export function openShown(sessions: readonly Session[], show: Show, search: string): readonly Session[] {
  if (show === 'ended' || show === 'failed') return [];
  const wanted = search.trim().toLowerCase();
  return sessions.filter(
    ({ id, name, activity }) =>
      (show !== 'waiting' || activity === 'waiting') && (wanted === '' || name.toLowerCase().includes(wanted) || id === search.trim()),
  );
}
