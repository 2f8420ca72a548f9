import { type Conversation, rootThread, threadOf } from '@ai-sessions/client';

export interface PlaceOfEntry {
  /** The row of the main thread that it is, or that it stands in. */
  readonly row: number;
  /** What has to be folded out for it to be seen, outermost first, itself last. */
  readonly open: readonly string[];
}

/** Where the entry of a key stands: in the main thread, or within the tool calls of subagents. Undefined for a key that there is not. */
export function placeOfEntry(state: Conversation, key: string): PlaceOfEntry | undefined {
  const place = state.places.get(key);
  if (place !== undefined && place.thread !== rootThread) {
    const outer = placeOfEntry(state, `tool:${place.thread}`);
    return outer === undefined ? undefined : { row: outer.row, open: [...outer.open, key] };
  }
  if (place !== undefined) return { row: place.index, open: [key] };
  const entries = threadOf(state, rootThread);
  for (let row = 0; row < entries.size; row++) if (entries.at(row)?.key === key) return { row, open: [key] };
  return undefined;
}
