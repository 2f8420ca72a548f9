import { type Conversation, type InFlightBlock, rootThread, threadOf } from '@ai-sessions/client';
import type { Entry, NoteEntry } from '@ai-sessions/client';
import type { OpenApproval, OpenQuestion } from '@ai-sessions/protocol';

/** One row of the timeline. Its key stays when a block in flight becomes durable, so that the row stays the same element. */
export type Row =
  /** `isTold`: what a failed result says stands already right above it, as Claude Code's own words. */
  | { readonly kind: 'entry'; readonly key: string; readonly entry: Entry; readonly isTold?: boolean }
  | { readonly kind: 'in_flight'; readonly key: string; readonly block: InFlightBlock }
  | { readonly kind: 'approval'; readonly key: string; readonly approval: OpenApproval }
  | { readonly kind: 'question'; readonly key: string; readonly question: OpenQuestion };

export interface Rows {
  readonly count: number;
  /** Throws RangeError outside of the rows. */
  at(index: number): Row;
}

/** The rows of a conversation: its entries, then what is being written, then what waits for the user. */
export function rowsOf(state: Pick<Conversation, 'threads' | 'inFlight' | 'openApprovals' | 'openQuestions'>): Rows {
  const entries = threadOf(state as Conversation, rootThread);
  const tail: Row[] = [
    ...state.inFlight
      .filter((block) => block.thread === rootThread && (block.text !== '' || block.kind === 'tool'))
      .map((block) => ({ kind: 'in_flight', key: block.key, block }) as const),
    ...state.openApprovals.map((approval) => ({ kind: 'approval', key: `approval:${approval.tool_use_id}`, approval }) as const),
    ...state.openQuestions.map((question) => ({ kind: 'question', key: `answer:${question.question_id}`, question }) as const),
  ];
  return {
    count: entries.size + tail.length,
    at(index) {
      const entry = entries.at(index);
      if (entry !== undefined) return { kind: 'entry', key: entry.key, entry, isTold: isTold(entry, entries.at(index - 1)) };
      const row = tail[index - entries.size];
      if (row === undefined) throw new RangeError(`row ${index} of ${entries.size + tail.length}`);
      return row;
    },
  };
}

function isTold(entry: Entry, before: Entry | undefined): boolean {
  if (entry.kind !== 'result' || before?.kind !== 'text' || entry.result.result === '') return false;
  return before.text.slice(0, 40) === entry.result.result.slice(0, 40);
}

/** What a row is, for those who do not see it. Undefined for a row that shows nothing. */
export function rowLabel(row: Row): string | undefined {
  if (row.kind === 'approval') return `Claude asks to use ${row.approval.tool_name}`;
  if (row.kind === 'question') return 'Claude asks you';
  if (row.kind === 'in_flight') return row.block.kind === 'tool' ? 'Claude prepares a tool call' : labels[row.block.kind];
  const { entry } = row;
  if (entry.kind === 'tool') {
    // What is asked, and what is to be approved, stands at the end until it is answered.
    const standsElsewhere = entry.name === 'AskUserQuestion' || entry.approval?.status === 'pending';
    return standsElsewhere ? undefined : `Tool ${entry.name}`;
  }
  if (entry.kind === 'question' && entry.resolution === undefined) return undefined;
  // The result says the same.
  if (entry.kind === 'note' && isInterruption(entry)) return undefined;
  // The banner below says the same, and more.
  if (entry.kind === 'end') return undefined;
  // The card of the tool call says the same.
  if (entry.kind === 'system' && toldByTheCall.has(entry.subtype) && entry.data.tool_use_id !== '') return undefined;
  // Told by the header.
  if (entry.kind === 'system' && entry.subtype === 'session_created') return undefined;
  return labels[entry.kind];
}

function isInterruption({ content }: NoteEntry): boolean {
  const text = content.length === 1 ? content[0]?.text : undefined;
  return typeof text === 'string' && text.startsWith('[Request interrupted by user');
}

const toldByTheCall = new Set(['task_started', 'task_ended', 'permission_denied']);

const labels = {
  prompt: 'You',
  text: 'Claude',
  thinking: 'Claude’s thinking',
  question: 'Question',
  note: 'Note',
  system: 'System',
  result: 'End of turn',
  end: 'End of session',
  other: 'Claude',
} as const;

/** How high a row is thought to be before it has been seen, in pixels. */
export function estimatedHeight(row: Row): number {
  if (rowLabel(row) === undefined) return 0;
  if (row.kind === 'approval' || row.kind === 'question') return 220;
  const kind = row.kind === 'in_flight' ? row.block.kind : row.entry.kind;
  if (kind === 'text') return 110;
  return kind === 'prompt' ? 72 : 42;
}
