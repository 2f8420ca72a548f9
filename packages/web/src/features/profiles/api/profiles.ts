import type { CreateProfile, Profile, UpdateProfile } from '@ai-sessions/protocol';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';
import { queryClient } from '../../../lib/query-client.ts';
import { queryKeys } from '../../../lib/query-keys.ts';

async function getProfiles(signal: AbortSignal): Promise<Profile[]> {
  const { profiles } = await api.call('listProfiles', { signal });
  return profiles.toSorted((a, b) => Number(b.is_default) - Number(a.is_default) || a.name.localeCompare(b.name));
}

/** The user's profiles, the default first. */
export function useProfiles() {
  return useQuery({ queryKey: queryKeys.profiles, queryFn: ({ signal }) => getProfiles(signal), staleTime: 30_000 });
}

const changed = () => queryClient.invalidateQueries({ queryKey: queryKeys.profiles });

/** Creates a profile, or changes the one of `id`. */
export function useSaveProfile(id: string | undefined) {
  return useMutation({
    mutationFn: (body: CreateProfile & UpdateProfile) =>
      id === undefined ? api.call('createProfile', { body }) : api.call('updateProfile', { params: { id }, body }),
    onSuccess: changed,
  });
}

export function useDeleteProfile() {
  return useMutation({ mutationFn: (id: string) => api.call('deleteProfile', { params: { id } }), onSuccess: changed });
}

export function useSetDefaultProfile() {
  return useMutation({ mutationFn: (id: string) => api.call('setDefaultProfile', { params: { id } }), onSuccess: changed });
}
