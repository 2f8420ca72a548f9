import { ApiCallError } from '@ai-sessions/client';
import { api } from '../../../lib/api.ts';
import { here } from '../../../lib/download.ts';

export interface OpenUpload {
  readonly id: string;
  readonly url: string;
}

/** Opens an upload; waits while the session takes no more of them. */
export async function openUpload(sessionId: string, file: File, signal: AbortSignal): Promise<OpenUpload> {
  for (;;) {
    try {
      const body = { filename: file.name, content_type: contentType(file), size: file.size };
      const { upload_id, upload_url } = await api.call('requestUpload', { params: { id: sessionId }, body, signal });
      return { id: upload_id, url: here(upload_url) };
    } catch (error) {
      if (!(error instanceof ApiCallError) || error.code !== 'rate_limited') throw error;
      await pause((error.retryAfterSeconds ?? 5) * 1000, signal);
    }
  }
}

/** Sends what the server does not have yet; `onProgress` hears how much it has. The core of tus 1.0. */
export async function sendRest(upload: OpenUpload, file: File, signal: AbortSignal, onProgress: (sent: number) => void): Promise<void> {
  const head = await fetch(upload.url, { method: 'HEAD', signal });
  if (!head.ok) throw new Error(`the upload is gone: ${head.status}`);
  const offset = Number(head.headers.get('upload-offset') ?? 0);
  onProgress(offset);
  if (offset >= file.size && file.size > 0) return;
  await patch(upload.url, file, offset, signal, onProgress);
}

/** Puts the file into the workspace. Gives its path. */
export async function completeUpload(sessionId: string, upload: OpenUpload, signal: AbortSignal): Promise<string> {
  const { path } = await api.call('completeUpload', { params: { id: sessionId }, body: { upload_id: upload.id }, signal });
  return path;
}

/** fetch tells nothing of what has been sent. */
function patch(url: string, file: File, offset: number, signal: AbortSignal, onProgress: (sent: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open('PATCH', url);
    request.setRequestHeader('content-type', 'application/offset+octet-stream');
    request.setRequestHeader('upload-offset', String(offset));
    request.upload.addEventListener('progress', ({ loaded }) => onProgress(offset + loaded));
    request.addEventListener('load', () => (request.status < 300 ? resolve() : reject(new Error(`HTTP ${request.status}`))));
    request.addEventListener('error', () => reject(new Error('The connection was cut.')));
    request.addEventListener('abort', () => reject(new DOMException('paused', 'AbortError')));
    request.addEventListener('loadend', () => signal.removeEventListener('abort', stop));
    signal.addEventListener('abort', stop, { once: true });
    request.send(file.slice(offset));
  });
}

function contentType(file: File): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(file.type) ? file.type : 'application/octet-stream';
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(new DOMException('paused', 'AbortError'))), { once: true });
  });
}
