import type { FileEntry, Session } from '@ai-sessions/protocol';
import { ChevronRight, Download, File, Folder, FolderArchive, Link2, Upload } from 'lucide-react';
import { type ClipboardEvent, type DragEvent, useRef, useState, useSyncExternalStore } from 'react';
import { isEnded } from '../../components/session/session-mood.ts';
import { Button, IconButton } from '../../components/ui/button.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { SkeletonRows } from '../../components/ui/skeleton.tsx';
import { announce } from '../../lib/announcer.ts';
import { formatAge, formatBytes } from '../../lib/format.ts';
import { setSearchParam, useSearchParam } from '../../lib/router.tsx';
import { useNow } from '../../lib/use-now.ts';
import { download } from '../../lib/download.ts';
import { useFolder } from './api/files.ts';
import { FilePreview } from './preview/file-preview.tsx';
import { UploadList } from './upload/upload-list.tsx';
import { uploadsOf } from './upload/uploads.ts';
import { segmentsOf } from './workspace-place.ts';

interface FilesPanelProps {
  readonly session: Session;
  readonly pulse: number;
}

/** The workspace of a session: its folders, what is in its files, and the way in and out of it. */
export function FilesPanel({ session, pulse }: FilesPanelProps) {
  const folder = segmentsOf(useSearchParam('path') ?? '').join('/');
  const file = useSearchParam('file');
  const uploads = uploadsOf(session.id);
  const placed = useSyncExternalStore(uploads.subscribe, () => uploads.placed);
  const version = pulse + placed;
  const entries = useFolder(session.id, folder, version);
  const [dragged, setDragged] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const picker = useRef<HTMLInputElement>(null);
  if (isEnded(session))
    return (
      <div className="p-4">
        <EmptyState title="The session has ended">Its files cannot be reached any more. They go when its record is deleted.</EmptyState>
      </div>
    );
  const add = (files: Iterable<globalThis.File>) => {
    const list = [...files];
    if (list.length === 0) return;
    uploads.add(list);
    announce(`${list.length} ${list.length === 1 ? 'file is' : 'files are'} being uploaded`);
  };
  const save = (path: string, archive: boolean) => {
    setProblem(undefined);
    download(session.id, path, archive).catch(setProblem);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setDragged(false);
    add(event.dataTransfer.files);
  };
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    add(event.clipboardData.files);
  };
  const open = (path: string, isFolder: boolean) => {
    if (isFolder) setSearchParam('path', path === '' ? null : path);
    else setSearchParam('file', path);
  };
  const shown = file === null ? undefined : entries.data?.find(({ name }) => joined(folder, name) === file);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dropping and pasting are further ways of the upload button
    <section
      aria-label="Files of the workspace"
      className="relative flex min-h-0 flex-1 flex-col"
      onPaste={paste}
      onDragOver={(event) => {
        event.preventDefault();
        setDragged(true);
      }}
      onDragLeave={(event) => event.currentTarget.contains(event.relatedTarget as Node | null) || setDragged(false)}
      onDrop={drop}
    >
      <div className="flex min-h-10 shrink-0 items-center gap-2 border-b border-border bg-surface px-3 py-1">
        <Crumbs folder={folder} onOpen={(path) => open(path, true)} />
        <IconButton label="Download this folder as a zip archive" onClick={() => save(folder === '' ? '/workspace' : folder, true)}>
          <FolderArchive aria-hidden />
        </IconButton>
        <Button size="small" onClick={() => picker.current?.click()}>
          <Upload className="size-3.5" aria-hidden /> Upload
        </Button>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label="Files to upload"
          onChange={({ currentTarget }) => {
            add(currentTarget.files ?? []);
            currentTarget.value = '';
          }}
        />
      </div>
      {problem !== undefined && <ErrorNotice error={problem} className="m-3" />}
      <div className="flex min-h-0 flex-1 flex-col">
        <div className={classNames('min-h-0 overflow-y-auto', file === null ? 'flex-1' : 'max-h-[38%] shrink-0 border-b border-border')}>
          {entries.isPending && (
            <div className="p-3">
              <SkeletonRows rows={4} label="Fetching the folder…" />
            </div>
          )}
          {entries.isError && <ErrorNotice className="m-3" error={entries.error} onRetry={() => void entries.refetch()} />}
          {entries.data?.length === 0 && (
            <div className="p-3">
              <EmptyState title={folder === '' ? 'The workspace is empty' : 'This folder is empty'}>
                Drop files here, paste them, or upload some. They go to /workspace/uploads, where Claude finds them.
              </EmptyState>
            </div>
          )}
          {entries.data !== undefined && entries.data.length > 0 && (
            <Entries entries={entries.data} folder={folder} current={file} onOpen={open} onDownload={save} />
          )}
        </div>
        {file !== null && (
          <FilePreview
            key={file}
            sessionId={session.id}
            path={file}
            version={shown?.modified_at ?? String(version)}
            onDownload={() => save(file, false)}
            onClose={() => setSearchParam('file', null)}
          />
        )}
      </div>
      <UploadList uploads={uploads} />
      {dragged && (
        <div className="pointer-events-none absolute inset-2 z-20 flex items-center justify-center rounded-xl border-2 border-dashed border-accent bg-accent-soft/90 text-base font-semibold text-accent">
          Drop to upload to /workspace/uploads
        </div>
      )}
    </section>
  );
}

function Crumbs({ folder, onOpen }: { readonly folder: string; readonly onOpen: (path: string) => void }) {
  const segments = segmentsOf(folder);
  return (
    <nav aria-label="Folder" className="flex min-w-0 flex-1 items-center overflow-x-auto whitespace-nowrap [scrollbar-width:none]">
      {['workspace', ...segments].map((name, index) => {
        const isLast = index === segments.length;
        return (
          <span key={index} className="flex items-center">
            {index > 0 && <ChevronRight className="size-3.5 text-muted-foreground" aria-hidden />}
            <button
              type="button"
              aria-current={isLast ? 'page' : undefined}
              className={classNames('rounded px-1 py-0.5 hover:bg-muted pointer-coarse:py-2', isLast && 'font-medium')}
              onClick={() => onOpen(segments.slice(0, index).join('/'))}
            >
              {name}
            </button>
          </span>
        );
      })}
    </nav>
  );
}

interface EntriesProps {
  readonly entries: readonly FileEntry[];
  readonly folder: string;
  readonly current: string | null;
  readonly onOpen: (path: string, isFolder: boolean) => void;
  readonly onDownload: (path: string, archive: boolean) => void;
}

const rowsShown = 500;

/** Folders first, then by name as people sort. */
function Entries({ entries, folder, current, onOpen, onDownload }: EntriesProps) {
  const now = useNow(30_000);
  const [all, setAll] = useState(false);
  const order = (entry: FileEntry) => (entry.type === 'directory' ? 0 : 1);
  const sorted = entries.toSorted((a, b) => order(a) - order(b) || a.name.localeCompare(b.name, undefined, { numeric: true }));
  const shown = all ? sorted : sorted.slice(0, rowsShown);
  return (
    <>
      <ul className="py-1">
        {shown.map((entry) => {
          const path = joined(folder, entry.name);
          const isFolder = entry.type === 'directory';
          const Icon = isFolder ? Folder : entry.type === 'link' ? Link2 : File;
          return (
            <li
              key={entry.name}
              className={classNames('group flex items-center pe-2 hover:bg-muted/70', current === path && 'bg-accent-soft')}
            >
              <button
                type="button"
                className="flex h-8 min-w-0 flex-1 items-center gap-2 ps-3 text-left -outline-offset-2 pointer-coarse:h-11"
                onClick={() => onOpen(path, isFolder)}
              >
                <Icon className={classNames('size-4 shrink-0', isFolder ? 'text-accent' : 'text-muted-foreground')} aria-hidden />
                <span className="min-w-0 flex-1 truncate">
                  {entry.name}
                  <span className="sr-only">{isFolder ? ', folder' : entry.type === 'link' ? ', link' : ''}</span>
                </span>
                {!isFolder && <span className="shrink-0 text-xs text-muted-foreground tabular-nums">{formatBytes(entry.size)}</span>}
                <span className="hidden w-24 shrink-0 text-end text-xs text-muted-foreground sm:inline">
                  {formatAge(entry.modified_at, now)}
                </span>
              </button>
              <IconButton
                label={isFolder ? `Download ${entry.name} as a zip archive` : `Download ${entry.name}`}
                className="opacity-0 group-hover:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-100"
                onClick={() => onDownload(path, isFolder)}
              >
                <Download aria-hidden />
              </IconButton>
            </li>
          );
        })}
      </ul>
      {shown.length < sorted.length && (
        <Button size="small" className="m-3" onClick={() => setAll(true)}>
          Show all {sorted.length} entries
        </Button>
      )}
    </>
  );
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
