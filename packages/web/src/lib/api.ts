import { createClient } from '@ai-sessions/client';
import { auth } from './auth.ts';

/** The server that this page came from, for the user who is signed in. */
export const api = createClient({ baseUrl: location.origin, token: (rejected) => auth.token(rejected) });
