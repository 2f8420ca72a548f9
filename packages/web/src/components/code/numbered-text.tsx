import { useState } from 'react';
import { formatCount } from '../../lib/format.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';

interface NumberedTextProps {
  readonly lines: readonly { readonly number: number | undefined; readonly text: string }[];
  readonly label: string;
}

const linesShown = 400;

/** Lines of a file with their numbers, the first of them until more are wanted. The numbers are not copied. */
export function NumberedText({ lines, label }: NumberedTextProps) {
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(0, linesShown);
  return (
    <div className="relative">
      <ScrollBox
        label={label}
        className="max-h-96 overflow-auto rounded-md border border-border bg-background py-2 font-mono text-xs leading-5"
      >
        {shown.map(({ number, text }, index) => (
          <div key={index} className="flex pe-10">
            <span className="w-12 shrink-0 pe-3 text-right text-muted-foreground select-none" aria-hidden>
              {number}
            </span>
            <span className="min-w-0 flex-1 wrap-anywhere whitespace-pre-wrap">{text || ' '}</span>
          </div>
        ))}
      </ScrollBox>
      <CopyButton
        text={() => lines.map(({ text }) => text).join('\n')}
        label={`Copy ${label.toLowerCase()}`}
        className="absolute! top-1 right-1 bg-background pointer-coarse:size-7!"
      />
      {shown.length < lines.length && (
        <Button size="small" look="quiet" className="mt-1" onClick={() => setAll(true)}>
          Show all {formatCount(lines.length)} lines
        </Button>
      )}
    </div>
  );
}
