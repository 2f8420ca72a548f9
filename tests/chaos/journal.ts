import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type AssistantDelta, type DurableEvent, type EventPayload, durableEvent } from '@ai-sessions/protocol';

type PromptStep = Pick<EventPayload<'prompt_status'>, 'client_msg_id' | 'prompt_id' | 'status'>;

/** One thing that a viewer saw or did, and when (milliseconds since 1970). */
export type Entry = { readonly at: number } & (
  | { readonly kind: 'opened'; readonly afterSeq: number }
  /** A connection of its own, from which on deltas begin anew. */
  | { readonly kind: 'connection'; readonly state: string; readonly reason?: string }
  | { readonly kind: 'event'; readonly seq: number; readonly digest: string; readonly prompt?: PromptStep }
  | { readonly kind: 'delta'; readonly delta: AssistantDelta }
  | { readonly kind: 'prompt'; readonly id: string }
  | { readonly kind: 'refused'; readonly id: string; readonly code: string }
  | { readonly kind: 'answer'; readonly id: string; readonly approved: boolean }
  /** What the whole conversation looks like at the end of its session. */
  | { readonly kind: 'screen'; readonly digest: string }
);
export type Seen = Entry extends infer One ? (One extends { readonly at: number } ? Omit<One, 'at'> : never) : never;

/** What one viewer saw, in a file that survives the viewer's SIGKILL. */
export class Journal implements Disposable {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a', 0o600);
  }

  note(seen: Seen): void {
    writeSync(this.#file, `${JSON.stringify({ at: Date.now(), ...seen })}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** Reads it back. A last line that the writer's end has cut is left out. */
export function readJournal(path: string): Entry[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Entry);
}

/** How an event is noted. */
export function seenEvent(event: DurableEvent): Seen {
  const seen = { kind: 'event', seq: event.seq, digest: eventDigest(event) } as const;
  if (event.type !== 'prompt_status') return seen;
  const { client_msg_id, prompt_id, status } = event.payload;
  return { ...seen, prompt: { prompt_id, status, ...(client_msg_id === undefined ? {} : { client_msg_id }) } };
}

/** Names an event by all that it holds, whoever passed it on and in whatever order its fields came. */
export function eventDigest(event: DurableEvent): string {
  return digestOf(durableEvent.parse(event));
}

export function digestOf(value: unknown): string {
  return createHash('sha1')
    .update(JSON.stringify(sorted(value)))
    .digest('base64url');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
}
