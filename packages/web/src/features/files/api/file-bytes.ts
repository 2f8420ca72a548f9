import { useQuery } from '@tanstack/react-query';
import { requestDownload } from '../../../lib/download.ts';

/** Larger files are downloaded rather than shown. */
export const previewBytes = 20 * 1024 * 1024;

export class TooLarge extends Error {}

/** The bytes of a file, for showing it. Fails with TooLarge. */
export function useFileBytes(sessionId: string, path: string, version: string) {
  return useQuery({
    queryKey: ['file', sessionId, path, version],
    queryFn: async ({ signal }) => {
      const { url, size } = await requestDownload(sessionId, path);
      if (size > previewBytes) throw new TooLarge();
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`the file could not be fetched: ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    staleTime: Infinity,
    gcTime: 30_000,
    retry: false,
  });
}
