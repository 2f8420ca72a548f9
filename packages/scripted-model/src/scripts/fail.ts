import { readableScript } from './readable-script.ts';

/** An API error that no retry mends. */
export const fail = readableScript([
  {
    error: {
      status: 400,
      type: 'invalid_request_error',
      message: 'You said “fail”, so the scripted model refused this request. Nothing is broken; say anything else to go on.',
    },
  },
]);
