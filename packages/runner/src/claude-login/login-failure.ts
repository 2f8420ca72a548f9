import type { LoginEvent } from '@ai-sessions/protocol';

export type LoginFailed = Extract<LoginEvent, { kind: 'failed' }>;

const failed = (message: string): LoginFailed => ({ kind: 'failed', code: 'failed', message });

/** How a sign-in may end without a token, in words for the user. */
export const loginFailures = {
  expired: {
    kind: 'failed',
    code: 'expired',
    message: 'No code came in time. Start the sign-in again.',
  },
  noSandbox: failed('The sign-in could not be started on this machine. Try again; if it stays so, the operator can run: npm run doctor'),
  noAddress: failed('Claude Code gave no sign-in address in time. Start the sign-in again.'),
  noAnswer: failed('Anthropic did not answer in time. Start the sign-in again.'),
  ended: failed('Claude Code ended before the sign-in was complete. Start it again; if it stays so, the operator can run: npm run doctor'),
  stopped: failed('The machine that held this sign-in is being restarted. Start the sign-in again.'),
  tooMany: failed('Too many sign-ins are open on this machine. Try again in a few minutes.'),
} as const satisfies Record<string, LoginFailed>;

/**
 * What became of a code, by what Claude Code 2.1 says ("OAuth error: …").
 * Its own words name a proxy that is none of the user's business, so only an HTTP status is taken from them.
 */
export function exchangeFailure(error: string): LoginFailed {
  if (/code wasn't accepted|invalid.*code|code.*(expired|invalid)/i.test(error)) {
    return {
      kind: 'failed',
      code: 'rejected',
      message: 'Anthropic did not accept the code: it may be incomplete, expired or used before. Start the sign-in again for a new one.',
    };
  }
  const status = /\bHTTP (\d{3})\b/.exec(error)?.[1];
  if (status !== undefined) return failed(`Anthropic could not complete the sign-in (HTTP ${status}). Start it again in a moment.`);
  return failed('Anthropic could not be reached to complete the sign-in. Start it again in a moment.');
}
