import { readableScript } from './readable-script.ts';

/** An API that is overloaded twice and then answers. */
export const retry = readableScript([
  {
    text: 'The API said *overloaded* twice. Claude Code waited, tried again, and here is the answer.',
    error: { status: 529, type: 'overloaded_error', message: 'Overloaded (you said “retry”)', times: 2 },
  },
]);
