import type { InFlightBlock } from '@ai-sessions/client';
import { LoaderCircle } from 'lucide-react';
import { formatCount } from '../../../lib/format.ts';
import { TextView } from './text-view.tsx';
import { ThinkingView } from './thinking-view.tsx';

/** A block that is being written. */
export function InFlightView({ block }: { readonly block: InFlightBlock }) {
  if (block.kind === 'text') return <TextView text={block.text} isStreaming />;
  if (block.kind === 'thinking') return <ThinkingView id={block.key} text={block.text} isStreaming />;
  return (
    <p className="flex h-8.5 items-center gap-2 rounded-lg border border-dashed border-border px-2.5 text-muted-foreground">
      <LoaderCircle className="size-4 animate-spin" aria-hidden />
      Preparing a tool call
      {block.text.length > 200 && <span className="text-xs tabular-nums">{formatCount(block.text.length)} characters</span>}
    </p>
  );
}
