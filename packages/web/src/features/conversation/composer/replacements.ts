import { type Conversation, entryOf } from '@ai-sessions/client';

/** The new texts of queued prompts that were asked to be cancelled, by prompt id. */
export type Replacements = ReadonlyMap<string, string>;

export interface Settled {
  /** To be sent: their prompts left the queue unstarted. */
  readonly send: readonly string[];
  /** Too late: their prompts have begun as they were. */
  readonly late: readonly string[];
  /** Still to be settled. */
  readonly rest: Replacements;
}

/** What is to become of replacements now: a prompt is replaced only once it is known that it never began. */
export function settleReplacements(replacements: Replacements, state: Conversation): Settled {
  const send: string[] = [];
  const late: string[] = [];
  const rest = new Map<string, string>();
  for (const [id, text] of replacements) {
    const entry = entryOf(state, `prompt:${id}`);
    if (entry?.kind !== 'prompt') rest.set(id, text);
    else if (entry.status === 'cancelled') send.push(text);
    else late.push(text);
  }
  return { send, late, rest };
}
