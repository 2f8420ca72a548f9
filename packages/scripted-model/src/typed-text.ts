/** What a text block says about the user: a text they typed, or that they typed before these messages begin. */
export type TypedText = { kind: 'typed'; text: string } | { kind: 'earlier' };

/**
 * What users typed in a text block of a `user` or `system` message.
 *
 * Claude Code writes much into messages that nobody typed: `<system-reminder>` blocks, traces of slash commands, the
 * notice that a background task has ended, sentences of its own (observed with 2.1.330).
 */
export function typedTexts(role: 'user' | 'system', block: string): TypedText[] {
  const folded = foldedPrompts(block);
  if (folded.length > 0 || role === 'system') return folded;
  const text = withoutReminders(block).trim();
  if (text === '' || ownTag.test(text)) return [];
  if (text.startsWith(compactedConversation)) return [{ kind: 'earlier' }];
  return ownSentences.some((sentence) => text.startsWith(sentence)) ? [] : [{ kind: 'typed', text }];
}

/**
 * The prompts that arrived during a tool loop. Claude Code folds them into the running turn: for newer models as a
 * `system` message, for others in a reminder that it appends to the tool result.
 */
export function foldedPrompts(text: string): TypedText[] {
  return Array.from(text.matchAll(foldedPrompt), (match) => ({ kind: 'typed', text: (match[1] ?? '').trim() }));
}

export function withoutReminders(text: string): string {
  return text.replace(systemReminder, '');
}

const foldedPrompt = /The user sent a new message while you were working:\n([\s\S]*?)\n\n(?:This is how Claude Code surfaces|IMPORTANT:)/g;
const systemReminder = /<system-reminder>[\s\S]*?<\/system-reminder>/g;
const ownTag =
  /^<(?:local-command-caveat|local-command-stdout|local-command-stderr|command-name|command-message|bash-input|bash-stdout|bash-stderr|task-notification)>/;
const compactedConversation = 'This session is being continued from a previous conversation';
const ownSentences = [
  '[Request interrupted by user',
  'Output token limit hit.',
  'Your response above was stopped by a safety classifier',
  '[Image: source:',
  'Continue from where you left off.',
];
