import { useQuery } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

/** What is in a folder of the workspace. Asked again whenever `pulse` grows, the old list staying meanwhile. */
export function useFolder(sessionId: string, path: string, pulse: number) {
  return useQuery({
    queryKey: ['files', sessionId, path, pulse],
    queryFn: async ({ signal }) => (await api.call('listFiles', { params: { id: sessionId }, query: { path }, signal })).entries,
    placeholderData: (before, query) => (query?.queryKey[2] === path ? before : undefined),
  });
}
