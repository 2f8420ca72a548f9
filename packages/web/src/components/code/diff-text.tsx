import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { formatCount } from '../../lib/format.ts';
import { type DiffLine, lineDiff } from '../../lib/line-diff.ts';

const looks: Record<DiffLine['kind'], { className: string; mark: string; said: string }> = {
  same: { className: '', mark: ' ', said: '' },
  added: { className: 'bg-ok-soft', mark: '+', said: 'added: ' },
  removed: { className: 'bg-danger-soft', mark: '−', said: 'removed: ' },
};

const linesShown = 300;

/** What an edit changes, line by line. */
export function DiffText({ before, after, label }: { readonly before: string; readonly after: string; readonly label: string }) {
  const [all, setAll] = useState(false);
  const lines = lineDiff(before, after);
  const shown = all ? lines : lines.slice(0, linesShown);
  return (
    <div>
      <ScrollBox
        label={label}
        className="max-h-96 overflow-auto rounded-md border border-border bg-background py-1.5 font-mono text-xs leading-5"
      >
        {shown.map((line, index) => {
          const { className, mark, said } = looks[line.kind];
          return (
            <div key={index} className={classNames('flex gap-2 px-3 wrap-anywhere whitespace-pre-wrap', className)}>
              <span className="shrink-0 text-muted-foreground select-none" aria-hidden>
                {mark}
              </span>
              <span className="min-w-0">
                {said !== '' && <span className="sr-only">{said}</span>}
                {line.text || ' '}
              </span>
            </div>
          );
        })}
      </ScrollBox>
      {shown.length < lines.length && (
        <Button size="small" look="quiet" className="mt-1" onClick={() => setAll(true)}>
          Show all {formatCount(lines.length)} lines
        </Button>
      )}
    </div>
  );
}
