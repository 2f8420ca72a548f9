import { ApiCallError, type CallReply } from '@ai-sessions/client';
import type { CreateSession, Session, SessionStatusFilter, UpdateSession } from '@ai-sessions/protocol';
import { type InfiniteData, keepPreviousData, useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api } from '../../../lib/api.ts';
import { queryClient } from '../../../lib/query-client.ts';
import { queryKeys } from '../../../lib/query-keys.ts';

/** The ended sessions of a status whose name has `search` in it, newest first, a page at a time. None where there is no status. */
export function useEndedSessions(status: SessionStatusFilter | undefined, search: string) {
  const key = queryKeys.endedSessions(status, search);
  useEffect(
    () => () => {
      // Another visit begins at the top: it need not fetch again how far this one went.
      queryClient.setQueryData<EndedPages>(
        key,
        (data) => data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
      );
    },
    // oxlint-disable-next-line react/exhaustive-deps -- the key is made of these
    [status, search],
  );
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      api.call('listSessions', { query: { status, q: search || undefined, limit: 100, cursor: pageParam || undefined }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
    enabled: status !== undefined,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });
}

type EndedPages = InfiniteData<CallReply<'listSessions'>, string>;

/** Asks again for the sessions that have ended, once one of the open ones is no longer among these. */
export function useEndingsNoticed(open: readonly Session[] | undefined): void {
  const before = useRef(open);
  useEffect(() => {
    const isGone = before.current?.some(({ id }) => open?.every((session) => session.id !== id) === true) === true;
    before.current = open;
    if (isGone) void queryClient.invalidateQueries({ queryKey: queryKeys.allEndedSessions });
  }, [open]);
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
      queryClient.invalidateQueries({ queryKey: queryKeys.allEndedSessions }),
    ]);
  return useMutation({ mutationFn: remove, onSuccess: gone });
}

export function useCaptureProfile(id: string) {
  return useMutation({
    mutationFn: (name: string) => api.call('captureProfile', { params: { id }, body: { name } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: queryKeys.profiles }),
  });
}
