/** Keys of the query cache. A list's key begins the keys of what it is made of, so that one invalidation reaches all. */
export const queryKeys = {
  config: ['config'],
  credential: ['credential'],
  profiles: ['profiles'],
  sessions: ['sessions'],
  liveSessions: ['sessions', 'live'],
  endedSessions: ['sessions', 'ended'],
  openAsks: ['asks'],
  session: (id: string) => ['sessions', 'one', id],
} as const;
