import { useQuery } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

export type Since = 'start' | 'prompt';

/** What has changed in the workspace. Asked again whenever `pulse` grows, the old list staying meanwhile. */
export function useChanges(sessionId: string, since: Since, pulse: number) {
  return useQuery({
    queryKey: ['changes', sessionId, since, pulse],
    queryFn: ({ signal }) => api.call('listChanges', { params: { id: sessionId }, query: { since }, signal }),
    placeholderData: (before, query) => (query?.queryKey[2] === since ? before : undefined),
  });
}

export function useChange(sessionId: string, since: Since, path: string, pulse: number) {
  return useQuery({
    queryKey: ['change', sessionId, since, path, pulse],
    queryFn: ({ signal }) => api.call('getChange', { params: { id: sessionId }, query: { since, path }, signal }),
    placeholderData: (before, query) => (query?.queryKey[3] === path ? before : undefined),
  });
}
