import type { ChangedFile } from '@ai-sessions/protocol';
import { useMemo, useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { Notice } from '../../components/ui/notice.tsx';
import { ScrollBox } from '../../components/ui/scroll-box.tsx';
import { formatCount } from '../../lib/format.ts';
import { lineDiff } from '../../lib/line-diff.ts';
import { changedLines, type Row } from './changed-lines.ts';

const looks = {
  same: { className: '', mark: ' ', said: '' },
  added: { className: 'bg-ok-soft', mark: '+', said: 'added: ' },
  removed: { className: 'bg-danger-soft', mark: '−', said: 'removed: ' },
} as const;

const rowsShown = 1500;

/** A changed file, line by line. */
export function ChangeDiff({ file }: { readonly file: ChangedFile }) {
  const [all, setAll] = useState(false);
  const { before, after, omitted } = file;
  const rows = useMemo(() => changedLines(diffOf(before, after)), [before, after]);
  if (omitted !== null)
    return (
      <Notice className="m-4" title={omitted === 'binary' ? 'Not a text' : 'Too large to be compared'}>
        {omitted === 'binary' ? 'The file has changed, but its bytes mean nothing here.' : 'Texts up to 200 KB are compared here.'} Look at
        it among the files, or download it.
      </Notice>
    );
  const shown = all ? rows : rows.slice(0, rowsShown);
  return (
    <ScrollBox label={`Changes of ${file.path}`} className="min-h-0 flex-1 overflow-auto bg-surface py-2 font-mono text-xs leading-5">
      {shown.map((row, index) => (
        <DiffRow key={index} row={row} />
      ))}
      {shown.length < rows.length && (
        <Button size="small" className="m-3 font-sans" onClick={() => setAll(true)}>
          Show all {formatCount(rows.length)} lines
        </Button>
      )}
    </ScrollBox>
  );
}

function DiffRow({ row }: { readonly row: Row }) {
  if (row.kind === 'folded')
    return (
      <div className="my-1 border-y border-border bg-muted px-3 text-muted-foreground">
        {row.count} unchanged {row.count === 1 ? 'line' : 'lines'}
      </div>
    );
  const { className, mark, said } = looks[row.kind];
  return (
    <div className={classNames('flex', className)}>
      {[row.before, row.after].map((number, side) => (
        <span key={side} aria-hidden className="w-10 shrink-0 pe-2 text-end text-muted-foreground tabular-nums select-none">
          {number}
        </span>
      ))}
      <span aria-hidden className="w-4 shrink-0 text-muted-foreground select-none">
        {mark}
      </span>
      <span className="min-w-0 pe-3 wrap-anywhere whitespace-pre-wrap">
        {said !== '' && <span className="sr-only">{said}</span>}
        {row.text || ' '}
      </span>
    </div>
  );
}

function diffOf(before: string | null, after: string | null) {
  const linesOf = (text: string) => (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  if (before === null) return after === null || after === '' ? [] : linesOf(after).map((text) => ({ kind: 'added', text }) as const);
  if (after === null) return before === '' ? [] : linesOf(before).map((text) => ({ kind: 'removed', text }) as const);
  return lineDiff(before, after);
}
