import { ApiCallError } from '@ai-sessions/client';
import type { CreateSession, UpdateSession } from '@ai-sessions/protocol';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';
import { queryClient } from '../../../lib/query-client.ts';
import { queryKeys } from '../../../lib/query-keys.ts';

/** The sessions that have ended, newest first, a page at a time. */
export function useEndedSessions() {
  return useInfiniteQuery({
    queryKey: queryKeys.endedSessions,
    queryFn: ({ pageParam, signal }) =>
      api.call('listSessions', { query: { status: 'ended', limit: 30, cursor: pageParam || undefined }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
  });
}

const changed = () => queryClient.invalidateQueries({ queryKey: queryKeys.sessions });

export function useCreateSession() {
  return useMutation({
    mutationFn: (body: CreateSession) => api.call('createSession', { body }),
    onSuccess: ({ session }) => {
      queryClient.setQueryData(queryKeys.session(session.id), session);
      void changed();
    },
  });
}

export function useUpdateSession(id: string) {
  return useMutation({
    mutationFn: (body: UpdateSession) => api.call('updateSession', { params: { id }, body }),
    onSuccess: ({ session }) => {
      queryClient.setQueryData(queryKeys.session(id), session);
      return changed();
    },
  });
}

export function useTerminateSession(id: string) {
  return useMutation({ mutationFn: () => api.call('terminateSession', { params: { id } }), onSuccess: changed });
}

export function useDeleteRecord(id: string) {
  const remove = async () => {
    try {
      await api.call('deleteSessionRecord', { params: { id } });
    } catch (error) {
      // Somebody was faster: what was wanted is the case.
      if (!(error instanceof ApiCallError && error.code === 'not_found')) throw error;
    }
  };
  // The record itself is not asked for again: it is gone.
  const gone = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: queryKeys.liveSessions }),
      queryClient.invalidateQueries({ queryKey: queryKeys.endedSessions }),
    ]);
  return useMutation({ mutationFn: remove, onSuccess: gone });
}

export function useCaptureProfile(id: string) {
  return useMutation({
    mutationFn: (name: string) => api.call('captureProfile', { params: { id }, body: { name } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: queryKeys.profiles }),
  });
}
