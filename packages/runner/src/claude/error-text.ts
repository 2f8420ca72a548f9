import { redactKeys } from '../process/redact-keys.ts';

/**
 * What a user may read of an error that Claude Code tells: without keys, without addresses of our own proxy,
 * without its diagnostics, and never empty.
 */
export function errorText(raw: string): string {
  const text = redactKeys(raw)
    .replace(/\[ede_diagnostic\][^\n]*/g, '')
    // "… check your inference gateway (127.0.0.1:4242)", "http://model.internal", "/run/…/model.sock"
    .replace(/(^|(?<=[.·\n]))[^.·\n]*\binference gateway\b(\s*\([^)\n]*\))?[^.·\n]*\.?/gi, '')
    .replace(/https?:\/\/(model\.internal|127\.0\.0\.1|localhost|\[::1\])[^\s)"']*/gi, 'the model gateway')
    .replace(/\(?\b(model\.internal|127\.0\.0\.1|localhost)(:\d+)?\b\)?/gi, 'the model gateway')
    .replace(/\S*\/model\.sock\b/g, 'the model gateway')
    .replace(/[ \t]{2,}/g, ' ')
    .replace(/[\s·,–-]+$/g, '')
    .trim();
  return advised(text === '' ? 'The turn failed.' : text);
}

/** Adds what to do about it, where Claude Code's own advice is meant for its terminal. */
function advised(text: string): string {
  const advice = ADVICE.find(({ when }) => when.test(text));
  return advice === undefined
    ? text
    : `${text.replace(/\s*·\s*(Fix external API key|Please run \/login)/g, '')}${/[.!?]$/.test(text) ? '' : '.'} ${advice.what}`;
}

const ADVICE: readonly { when: RegExp; what: string }[] = [
  {
    when: /invalid api key|authentication|OAuth token|not logged in|failed to authenticate/i,
    what: 'Store a valid Claude credential, then send the prompt again.',
  },
  { when: /credit balance/i, what: 'Add credit to the Anthropic account of this credential, then send the prompt again.' },
  { when: /issue with the selected model/i, what: 'Choose another model in the profile and begin a new session.' },
  { when: /\b(429|overloaded|529)\b|rate limit/i, what: 'Wait a little, then send the prompt again.' },
  {
    when: /connection|ECONN|timed out|API Error: 5\d\d|malformed response/i,
    what: 'Send the prompt again; if it stays so, ask the operator of this server.',
  },
];
