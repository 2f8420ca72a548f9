import { Check, Pause, Play, RotateCw, X } from 'lucide-react';
import { Button, IconButton } from '../../../components/ui/button.tsx';
import { formatBytes } from '../../../lib/format.ts';
import { type Upload, type Uploads, useUploads } from './uploads.ts';

/** Files on their way into the workspace. */
export function UploadList({ uploads }: { readonly uploads: Uploads }) {
  const list = useUploads(uploads);
  if (list.length === 0) return null;
  return (
    <section aria-label="Uploads" className="max-h-56 shrink-0 overflow-y-auto border-t border-border bg-surface px-3 py-2">
      <div className="mb-1 flex items-center gap-2">
        <h2 className="flex-1 text-xs font-semibold text-muted-foreground">Uploads</h2>
        {list.some(({ state }) => state === 'done') && (
          <Button size="small" look="quiet" onClick={() => uploads.clearDone()}>
            Clear finished
          </Button>
        )}
      </div>
      <ul className="space-y-1.5">
        {list.map((upload) => (
          <UploadRow key={upload.key} upload={upload} uploads={uploads} />
        ))}
      </ul>
    </section>
  );
}

function UploadRow({ upload, uploads }: { readonly upload: Upload; readonly uploads: Uploads }) {
  const { key, name, size, sent, state, path, problem } = upload;
  const percent = size === 0 ? (state === 'done' ? 100 : 0) : Math.round((Math.min(sent, size) / size) * 100);
  return (
    <li className="flex items-center gap-2">
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 truncate">{state === 'done' ? path : name}</span>
          <span className="shrink-0 text-xs text-muted-foreground tabular-nums">{stateText(upload, percent)}</span>
        </div>
        {state === 'failed' && <p className="text-xs text-danger">{problem}</p>}
        {state !== 'done' && state !== 'failed' && (
          <progress aria-label={`Upload of ${name}`} className="upload-progress mt-0.5 block h-1 w-full" max={100} value={percent} />
        )}
      </div>
      <span className="sr-only">{formatBytes(size)}</span>
      {(state === 'sending' || state === 'waiting') && (
        <IconButton label={`Pause ${name}`} onClick={() => uploads.pause(key)}>
          <Pause aria-hidden />
        </IconButton>
      )}
      {state === 'paused' && (
        <IconButton label={`Resume ${name}`} onClick={() => uploads.resume(key)}>
          <Play aria-hidden />
        </IconButton>
      )}
      {state === 'failed' && (
        <IconButton label={`Try ${name} again`} onClick={() => uploads.resume(key)}>
          <RotateCw aria-hidden />
        </IconButton>
      )}
      {state === 'done' ? (
        <Check className="mx-1.5 size-4 text-ok" aria-hidden />
      ) : (
        <IconButton label={`Remove ${name}`} onClick={() => uploads.remove(key)}>
          <X aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

function stateText({ state, size }: Upload, percent: number): string {
  switch (state) {
    case 'waiting':
      return 'waits';
    case 'sending':
      return `${percent} % of ${formatBytes(size)}`;
    case 'placing':
      return 'being placed…';
    case 'paused':
      return `paused at ${percent} %`;
    case 'done':
      return formatBytes(size);
    case 'failed':
      return 'failed';
    default: {
      const unreachable: never = state;
      return unreachable;
    }
  }
}
