import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { RefusedBecause } from '../../../auth/oidc/code-flow.ts';

export type Problem = RefusedBecause | 'too_many' | 'internal';

interface Text {
  readonly status: number;
  readonly title: string;
  readonly advice: string;
}

const texts: Readonly<Record<Problem, Text>> = {
  no_flow: {
    status: 400,
    title: 'This sign-in cannot be finished here',
    advice: 'It took too long, was finished already, or began in another browser or at another address of this server. Start again.',
  },
  declined: {
    status: 403,
    title: 'You were not signed in',
    advice:
      'The sign-in was cancelled, or your organisation does not let this account in. Try again, with another account if you have one.',
  },
  used: {
    status: 400,
    title: 'This sign-in was used already',
    advice: 'It works once, and for a short time only. Start again.',
  },
  claims: {
    status: 403,
    title: 'Your organisation’s sign-in tells too little about you',
    advice:
      'An email address that is marked as verified is needed. Verify yours where you sign in. If it is verified, ask whoever runs this server to have the claims “email” and “email_verified” released to it.',
  },
  issuer: {
    status: 500,
    title: 'Your organisation’s sign-in does not accept this server',
    advice: 'This is for whoever runs the server to mend; the reason is in its log, under the number below.',
  },
  unavailable: {
    status: 503,
    title: 'Your organisation’s sign-in does not answer',
    advice: 'Try again in a minute. If it stays away, tell whoever runs this server. Your sessions go on meanwhile.',
  },
  too_many: { status: 429, title: 'Too many sign-ins', advice: 'Wait a minute, then try again.' },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    advice: 'Try again. If it stays, tell whoever runs this server the number below.',
  },
};

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.25rem;color:#1c1c1a;background:#fff}' +
  'a{display:inline-block;margin-right:1rem;color:#0b57d0}small{color:#5c5c57}' +
  '@media(prefers-color-scheme:dark){body{color:#eee;background:#161615}a{color:#9ec1ff}small{color:#a5a59d}}';
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

/** Answers the browser with a page that says what is wrong and what to do. `requestId` is found in the log again. */
export function sendProblem(reply: FastifyReply, problem: Problem, requestId: string): FastifyReply {
  const { status, title, advice } = texts[problem];
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} · AI Sessions</title>
<style>${style}</style>
<main>
<h1>${title}</h1>
<p>${advice}</p>
<p><a href="/auth/oidc/start">Sign in again</a> <a href="/">Back to AI Sessions</a></p>
<p><small>Request ${requestId}</small></p>
</main>
</html>
`;
  return reply.code(status).header('content-security-policy', policy).type('text/html; charset=utf-8').send(page);
}
