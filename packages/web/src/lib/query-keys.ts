/** Keys of the query cache. A list's key begins the keys of what it is made of, so that one invalidation reaches all. */
export const queryKeys = {
  config: ['config'],
  credential: ['credential'],
  profiles: ['profiles'],
  sessions: ['sessions'],
  liveSessions: ['sessions', 'live'],
  allEndedSessions: ['sessions', 'ended'],
  endedSessions: (status: string | undefined, search: string) => ['sessions', 'ended', status ?? '', search],
  openAsks: ['asks'],
  session: (id: string) => ['sessions', 'one', id],
} as const;
