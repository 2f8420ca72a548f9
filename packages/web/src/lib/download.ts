import { api } from './api.ts';

/** A link to a copy of a file as it is now, or of a folder, packed. */
export async function requestDownload(sessionId: string, path: string, archive = false): Promise<{ url: string; size: number }> {
  const { download_url, size } = await api.call('requestDownload', {
    params: { id: sessionId },
    body: archive ? { path, archive: 'zip' } : { path },
  });
  return { url: here(download_url), size };
}

/** Has the browser save it. */
export async function download(sessionId: string, path: string, archive = false): Promise<void> {
  const { url } = await requestDownload(sessionId, path, archive);
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}

/** Links of the server itself are fetched where this page came from: it may be reached under several names. */
export function here(url: string): string {
  const { pathname, search } = new URL(url, location.href);
  return pathname.startsWith('/files/') ? pathname + search : url;
}
