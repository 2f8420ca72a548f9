import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { formatCount } from '../../lib/format.ts';

interface CodeTextProps {
  readonly text: string;
  /** What it is: "Command", "Output". */
  readonly label: string;
  readonly isError?: boolean;
  /** Stands before each line. */
  readonly prompt?: string;
}

const linesShown = 400;

/** Text of a machine: as it is, in a box that scrolls, the first lines of it until more is wanted. */
export function CodeText({ text, label, isError = false, prompt }: CodeTextProps) {
  const [all, setAll] = useState(false);
  const lines = text.split('\n');
  const shown = all || lines.length <= linesShown ? text : lines.slice(0, linesShown).join('\n');
  return (
    <div className="relative">
      <ScrollBox
        label={label}
        className={classNames(
          'max-h-96 overflow-auto rounded-md border bg-background',
          isError ? 'border-danger/40 text-danger' : 'border-border',
        )}
      >
        <pre className="py-2 ps-3 pe-10 font-mono text-xs leading-5 wrap-anywhere whitespace-pre-wrap">
          {prompt !== undefined && (
            <span className="text-muted-foreground select-none" aria-hidden>
              {prompt}{' '}
            </span>
          )}
          {shown === '' ? <span className="text-muted-foreground italic">(empty)</span> : shown}
        </pre>
      </ScrollBox>
      <CopyButton
        text={text}
        label={`Copy ${label.toLowerCase()}`}
        className="absolute! top-1 right-1 bg-background pointer-coarse:size-7!"
      />
      {shown !== text && (
        <Button size="small" look="quiet" className="mt-1" onClick={() => setAll(true)}>
          Show all {formatCount(lines.length)} lines
        </Button>
      )}
    </div>
  );
}
