import { type Conversation, type Entry, rootThread, threadOf } from '@ai-sessions/client';
import { resultText } from '../../../components/tools/tool-result-text.ts';

/** Entries never change, so neither does what is found in them. */
const cache = new WeakMap<Entry, string>();

/** Everything readable of an entry, in lower case. */
function textOf(entry: Entry): string {
  const known = cache.get(entry);
  if (known !== undefined) return known;
  const text = rawText(entry).toLowerCase();
  cache.set(entry, text);
  return text;
}

function rawText(entry: Entry): string {
  switch (entry.kind) {
    case 'prompt':
    case 'text':
    case 'thinking':
      return entry.text;
    case 'tool':
      return `${entry.name}\n${strings(entry.input).join('\n')}\n${entry.result === undefined ? '' : resultText(entry.result.content)}`;
    case 'question':
      return strings([entry.questions, entry.resolution?.answers ?? {}]).join('\n');
    case 'note':
      return strings(entry.content).join('\n');
    case 'system':
      return entry.message;
    case 'result':
    case 'end':
    case 'other':
      return '';
    default: {
      const unreachable: never = entry;
      return unreachable;
    }
  }
}

/** All texts within a value. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}

export interface Match {
  /** The row of the main thread. */
  readonly row: number;
  /** What has to be folded out to see it. */
  readonly open: readonly string[];
}

/** Folded entries show only a line of themselves. */
const folded = new Set(['tool', 'thinking']);

/** The rows of the main thread that have `search` in them, or in what a subagent did within them, in order; nothing for an empty search. */
export function findMatches(state: Pick<Conversation, 'threads'>, search: string): readonly Match[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return [];
  const matches: Match[] = [];
  const entries = threadOf(state as Conversation, rootThread);
  let row = 0;
  for (const entry of entries) {
    const open = pathToMatch(state as Conversation, entry, wanted);
    if (open !== undefined) matches.push({ row, open });
    row++;
  }
  return matches;
}

function pathToMatch(state: Conversation, entry: Entry, wanted: string): readonly string[] | undefined {
  const own = folded.has(entry.kind) ? [entry.key] : [];
  if (textOf(entry).includes(wanted)) return own;
  if (entry.kind !== 'tool') return undefined;
  for (const inner of threadOf(state, entry.id)) {
    const path = pathToMatch(state, inner, wanted);
    if (path !== undefined) return [...own, ...path];
  }
  return undefined;
}
