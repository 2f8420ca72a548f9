import { Download, X } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Button, IconButton } from '../../../components/ui/button.tsx';
import { ErrorNotice } from '../../../components/ui/error-notice.tsx';
import { Notice } from '../../../components/ui/notice.tsx';
import { Spinner } from '../../../components/ui/spinner.tsx';
import { formatBytes } from '../../../lib/format.ts';
import { previewBytes, TooLarge, useFileBytes } from '../api/file-bytes.ts';
import { ImagePreview } from './image-preview.tsx';
import { previewKind } from './preview-kind.ts';
import { TextPreview } from './text-preview.tsx';

const CsvPreview = lazy(() => import('./csv-preview.tsx').then((module) => ({ default: module.CsvPreview })));
const PdfPreview = lazy(() => import('./pdf-preview.tsx').then((module) => ({ default: module.PdfPreview })));

interface FilePreviewProps {
  readonly sessionId: string;
  /** In the workspace, without a slash before it. */
  readonly path: string;
  /** Another one when the file has changed. */
  readonly version: string;
  readonly onDownload: () => void;
  readonly onClose: () => void;
}

/** A file of the workspace, as well as it can be shown. */
export function FilePreview({ sessionId, path, version, onDownload, onClose }: FilePreviewProps) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const file = useFileBytes(sessionId, path, version);
  return (
    <section aria-label={`Preview of ${name}`} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex h-10 shrink-0 items-center gap-2 border-b border-border bg-surface px-3">
        <h2 className="min-w-0 flex-1 truncate font-medium" title={path}>
          {name}
        </h2>
        {file.data !== undefined && <span className="text-xs text-muted-foreground">{formatBytes(file.data.length)}</span>}
        <IconButton label={`Download ${name}`} onClick={onDownload}>
          <Download aria-hidden />
        </IconButton>
        <IconButton label="Close the preview" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      {file.isPending && <Spinner label="Fetching the file…" />}
      {file.isError && file.error instanceof TooLarge && (
        <Notice className="m-4" title="Too large to be shown here" actions={<Button onClick={onDownload}>Download</Button>}>
          Files over {formatBytes(previewBytes)} are not previewed.
        </Notice>
      )}
      {file.isError && !(file.error instanceof TooLarge) && (
        <ErrorNotice className="m-4" error={file.error} onRetry={() => void file.refetch()} />
      )}
      {file.data !== undefined && (
        <Suspense fallback={<Spinner label="Opening…" />}>
          <Content name={name} bytes={file.data} onDownload={onDownload} />
        </Suspense>
      )}
    </section>
  );
}

interface ContentProps {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly onDownload: () => void;
}

function Content({ name, bytes, onDownload }: ContentProps) {
  const kind = previewKind(name, bytes);
  switch (kind) {
    case 'text':
      return <TextPreview name={name} text={new TextDecoder().decode(bytes)} />;
    case 'csv':
      return <CsvPreview name={name} text={new TextDecoder().decode(bytes)} />;
    case 'image':
      return <ImagePreview name={name} bytes={bytes} />;
    case 'pdf':
      return <PdfPreview name={name} bytes={bytes} />;
    case 'none':
      return (
        <Notice className="m-4" title="Not a text" actions={<Button onClick={onDownload}>Download</Button>}>
          This file holds bytes that mean nothing to this page. Download it to open it in the program it is for.
        </Notice>
      );
    default: {
      const unreachable: never = kind;
      return unreachable;
    }
  }
}
