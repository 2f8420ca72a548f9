import type { Session, WorkspaceChange } from '@ai-sessions/protocol';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { isEnded } from '../../components/session/session-mood.ts';
import { IconButton } from '../../components/ui/button.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { controlClass } from '../../components/ui/field.tsx';
import { SkeletonRows } from '../../components/ui/skeleton.tsx';
import { Spinner } from '../../components/ui/spinner.tsx';
import { setSearchParam, useSearchParam } from '../../lib/router.tsx';
import { type Since, useChange, useChanges } from './api.ts';
import { ChangeDiff } from './change-diff.tsx';

interface ChangesPanelProps {
  readonly session: Session;
  readonly pulse: number;
}

/** What has changed in the workspace, file by file. */
export function ChangesPanel({ session, pulse }: ChangesPanelProps) {
  const since: Since = useSearchParam('since') === 'prompt' ? 'prompt' : 'start';
  const current = useSearchParam('change');
  const [looks, setLooks] = useState(0);
  const version = pulse + looks;
  const list = useChanges(session.id, since, version);
  if (isEnded(session))
    return (
      <div className="p-4">
        <EmptyState title="The session has ended">Its workspace cannot be reached any more.</EmptyState>
      </div>
    );
  const changes = list.data?.changes ?? [];
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-10 shrink-0 items-center gap-2 border-b border-border bg-surface px-3 py-1">
        <label className="flex min-w-0 items-center gap-2">
          <span className="text-muted-foreground">Since</span>
          <select
            className={classNames(controlClass, 'h-7 max-w-52 pointer-coarse:h-10')}
            value={since}
            onChange={({ target }) => setSearchParam('since', target.value === 'prompt' ? 'prompt' : null, { replace: true })}
          >
            <option value="start">the session began</option>
            <option value="prompt">the last prompt</option>
          </select>
        </label>
        <output className="min-w-0 flex-1 truncate text-end text-xs text-muted-foreground">
          {list.data !== undefined && summary(changes)}
        </output>
        <IconButton label="Look again" onClick={() => setLooks((count) => count + 1)}>
          <RotateCw aria-hidden />
        </IconButton>
      </div>
      <div className={classNames('min-h-0 overflow-y-auto', current === null ? 'flex-1' : 'max-h-[38%] shrink-0 border-b border-border')}>
        {list.isPending && (
          <div className="p-3">
            <SkeletonRows rows={4} label="Looking for changes…" />
          </div>
        )}
        {list.isError && <ErrorNotice className="m-3" error={list.error} onRetry={() => void list.refetch()} />}
        {list.data !== undefined && changes.length === 0 && (
          <div className="p-3">
            <EmptyState title="Nothing has changed">
              {since === 'prompt'
                ? 'Since the last prompt no file is another one.'
                : 'Files that Claude writes, edits or deletes show here.'}{' '}
              In a git repository it is compared with the last commit.
            </EmptyState>
          </div>
        )}
        {changes.length > 0 && (
          <ul className="py-1" aria-label="Changed files">
            {changes.map((change) => (
              <ChangeRow key={change.path} change={change} isCurrent={change.path === current} />
            ))}
          </ul>
        )}
        {list.data?.truncated === true && (
          <p className="px-3 pb-3 text-muted-foreground">There are more files than are compared: this is a part of the changes.</p>
        )}
      </div>
      {current !== null && <OneChange key={current} sessionId={session.id} since={since} path={current} version={version} />}
    </div>
  );
}

const letters = {
  added: { letter: 'A', className: 'bg-ok-soft text-ok' },
  modified: { letter: 'M', className: 'bg-accent-soft text-accent' },
  deleted: { letter: 'D', className: 'bg-danger-soft text-danger' },
} as const;

function ChangeRow({ change, isCurrent }: { readonly change: WorkspaceChange; readonly isCurrent: boolean }) {
  const { path, status, against, additions, deletions } = change;
  const { letter, className } = letters[status];
  const slash = path.lastIndexOf('/') + 1;
  return (
    <li className={classNames('hover:bg-muted/70', isCurrent && 'bg-accent-soft')}>
      <button
        type="button"
        aria-current={isCurrent || undefined}
        className="flex h-8 w-full min-w-0 items-center gap-2 px-3 text-left -outline-offset-2 pointer-coarse:h-11"
        onClick={() => setSearchParam('change', isCurrent ? null : path)}
      >
        <span
          aria-hidden
          className={classNames('flex size-5 shrink-0 items-center justify-center rounded text-xs font-semibold', className)}
        >
          {letter}
        </span>
        <span className="min-w-0 flex-1 truncate">
          <span className="sr-only">{status}: </span>
          {path.slice(slash)} <span className="text-xs text-muted-foreground">{path.slice(0, slash)}</span>
        </span>
        {against === 'commit' && <span className="hidden shrink-0 text-xs text-muted-foreground sm:inline">git</span>}
        {additions !== null && additions > 0 && (
          <span className="shrink-0 text-xs text-ok tabular-nums">
            +{additions}
            <span className="sr-only"> lines added</span>
          </span>
        )}
        {deletions !== null && deletions > 0 && (
          <span className="shrink-0 text-xs text-danger tabular-nums">
            −{deletions}
            <span className="sr-only"> lines removed</span>
          </span>
        )}
      </button>
    </li>
  );
}

interface OneChangeProps {
  readonly sessionId: string;
  readonly since: Since;
  readonly path: string;
  readonly version: number;
}

function OneChange({ sessionId, since, path, version }: OneChangeProps) {
  const change = useChange(sessionId, since, path, version);
  return (
    <section aria-label={`Changes of ${path}`} className="flex min-h-0 flex-1 flex-col">
      <h2 className="truncate border-b border-border bg-surface px-3 py-1.5 font-medium" title={path}>
        {path}
      </h2>
      {change.isPending && <Spinner label="Comparing…" />}
      {change.isError && <ErrorNotice className="m-3" error={change.error} onRetry={() => void change.refetch()} />}
      {change.data !== undefined && <ChangeDiff file={change.data} />}
    </section>
  );
}

function summary(changes: readonly WorkspaceChange[]): string {
  const count = (status: WorkspaceChange['status']) => changes.filter((change) => change.status === status).length;
  const parts = (['added', 'modified', 'deleted'] as const).flatMap((status) =>
    count(status) === 0 ? [] : [`${count(status)} ${status}`],
  );
  return parts.join(', ');
}
