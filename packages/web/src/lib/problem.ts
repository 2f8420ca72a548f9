import { ApiCallError, NetworkError } from '@ai-sessions/client';

export interface Problem {
  readonly title: string;
  /** What happened and what to do, one a line. */
  readonly text: string;
}

/** An error as it is told to the user. The server's own messages already say what to do. */
export function describeProblem(error: unknown): Problem {
  if (error instanceof NetworkError) return { title: 'No answer from the server', text: error.message };
  if (!(error instanceof ApiCallError))
    return { title: 'Something went wrong in this page', text: 'Reload the page. If it stays, tell whoever runs the server.' };
  const wait = error.retryAfterSeconds === undefined ? '' : ` Try again in ${error.retryAfterSeconds} s.`;
  const id = error.requestId === undefined ? '' : ` For the operator: request ${error.requestId}.`;
  const details = error.details.map((detail) => `\n${detail.path}: ${detail.message}`).join('');
  return { title: titles[error.code] ?? fallbackTitle(error.status), text: error.message + wait + id + details };
}

const titles: Readonly<Record<string, string>> = {
  rate_limited: 'Too many requests',
  concurrent_session_limit: 'Too many sessions at once',
  no_credentials: 'No Claude credential stored',
  unavailable: 'No capacity right now',
  not_found: 'Not found',
  unauthorized: 'Signed out',
  email_domain_not_allowed: 'Your email domain may not register here',
  profile_limit: 'Too many profiles',
  invalid_request: 'The server does not accept this',
  queue_full: 'Too many prompts are waiting',
  budget_exhausted: 'The budget is spent',
  session_not_running: 'The session has ended',
};

function fallbackTitle(status: number): string {
  return status >= 500 ? 'The server failed' : 'That did not work';
}
