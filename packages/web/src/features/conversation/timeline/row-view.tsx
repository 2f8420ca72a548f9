import { memo } from 'react';
import { ConversationApproval, ConversationQuestion } from '../asks/conversation-asks.tsx';
import { EntryView } from './entry-view.tsx';
import { InFlightView } from './in-flight-view.tsx';
import { ResultView } from './result-view.tsx';
import { TextView } from './text-view.tsx';
import { ThinkingView } from './thinking-view.tsx';
import { rowLabel, type Row } from './timeline-rows.ts';

/**
 * One row of the timeline. Text and thinking are the same element in flight and durable, so that nothing is drawn anew,
 * and nothing flickers, at the moment that they become durable.
 */
export const RowView = memo(
  function RowView({ row }: { readonly row: Row }) {
    if (rowLabel(row) === undefined) return null;
    return <div className={spacing(row)}>{content(row)}</div>;
  },
  (before, after) => subject(before.row) === subject(after.row),
);

function subject(row: Row): unknown {
  if (row.kind === 'entry') return row.entry;
  if (row.kind === 'in_flight') return row.block;
  return row.kind === 'approval' ? row.approval : row.question;
}

function content(row: Row) {
  switch (row.kind) {
    case 'approval':
      return <ConversationApproval approval={row.approval} />;
    case 'question':
      return <ConversationQuestion question={row.question} />;
    case 'in_flight':
      if (row.block.kind === 'text') return <TextView text={row.block.text} isStreaming />;
      if (row.block.kind === 'thinking') return <ThinkingView id={row.key} text={row.block.text} isStreaming />;
      return <InFlightView block={row.block} />;
    case 'entry':
      if (row.entry.kind === 'text') return <TextView text={row.entry.text} isStreaming={false} />;
      if (row.entry.kind === 'thinking') return <ThinkingView id={row.key} text={row.entry.text} isStreaming={false} />;
      if (row.entry.kind === 'result') return <ResultView entry={row.entry} isTold={row.isTold ?? false} />;
      return <EntryView entry={row.entry} />;
    default: {
      const unreachable: never = row;
      return unreachable;
    }
  }
}

/** Tool calls stand close together, what is said has room, and each prompt begins a new paragraph of the conversation. */
function spacing(row: Row): string {
  if (row.kind === 'approval' || row.kind === 'question') return 'py-2';
  const kind = row.kind === 'in_flight' ? row.block.kind : row.entry.kind;
  if (kind === 'prompt') return 'pt-5 pb-2';
  if (kind === 'tool' || kind === 'thinking') return 'py-0.5';
  return kind === 'result' ? 'pt-1.5 pb-1' : 'py-1.5';
}
