import type { PromptEntry } from '@ai-sessions/client';
import { memo, useState } from 'react';
import { CopyButton } from '../../../components/ui/copy-button.tsx';
import { formatTime } from '../../../lib/format.ts';

const charactersShown = 3000;

/** What the user has asked. */
export const PromptView = memo(function PromptView({ entry }: { readonly entry: PromptEntry }) {
  const [all, setAll] = useState(false);
  const isLong = entry.text.length > charactersShown;
  return (
    <div className="group/prompt relative rounded-lg bg-accent-soft px-3.5 py-2.5 pe-10" title={formatTime(entry.at)}>
      <p className="wrap-anywhere whitespace-pre-wrap">{isLong && !all ? `${entry.text.slice(0, charactersShown)}…` : entry.text}</p>
      {isLong && (
        <button type="button" className="mt-1 text-xs font-medium text-accent underline" onClick={() => setAll(!all)}>
          {all ? 'Show less' : 'Show all of it'}
        </button>
      )}
      {entry.status === 'cancelled' && <p className="mt-1 text-xs text-muted-foreground">Cancelled before it started.</p>}
      <CopyButton
        text={entry.text}
        label="Copy prompt"
        className="absolute! top-1.5 right-1.5 opacity-0 pointer-coarse:size-7! group-hover/prompt:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-100"
      />
    </div>
  );
});
