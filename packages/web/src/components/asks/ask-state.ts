import type { ResolvedBy } from '@ai-sessions/protocol';

/** How far the answer to an approval or a question has come. */
export type AskState =
  /** To be answered; `refusal` says why the answer given before was not taken. */
  | { readonly at: 'open'; readonly refusal?: string }
  /** Answered, and on its way; `note` says where it is. */
  | { readonly at: 'sent'; readonly note: string }
  /** Nothing is left to do; `text` says what has become of it. */
  | { readonly at: 'settled'; readonly text: string };

const elsewhere: Record<ResolvedBy, string> = {
  user: 'Answered elsewhere',
  rule: 'Settled by a rule',
  expired: 'Denied: nobody answered in time',
  interrupted: 'Interrupted before it was answered',
};

/** What is said of an approval or question that somebody or something else has settled. */
export function settledBy(by: ResolvedBy, approved?: boolean): string {
  if (by !== 'user' || approved === undefined) return `${elsewhere[by]}.`;
  return `${elsewhere[by]}: ${approved ? 'allowed' : 'denied'}.`;
}
