import { z } from 'zod';

/** Prefixes of the public ids. An id is opaque to clients: prefix, underscore, 1–64 letters, digits, `_` or `-`. */
export const idPrefixes = {
  session: 'ses',
  profile: 'prf',
  upload: 'upl',
  oauthSession: 'oas',
  prompt: 'pmt',
  question: 'qst',
} as const;

export type IdKind = keyof typeof idPrefixes;

const idOf = (kind: IdKind) => z.string().regex(new RegExp(`^${idPrefixes[kind]}_[A-Za-z0-9_-]{1,64}$`), 'not an id of this kind');

export const sessionId = idOf('session');
export const profileId = idOf('profile');
export const uploadId = idOf('upload');
export const oauthSessionId = idOf('oauthSession');
export const promptId = idOf('prompt');
export const questionId = idOf('question');

/** RFC 3339 in UTC with milliseconds, as every time on the wire is written. */
export const timestamp = z.iso.datetime({ precision: 3 });
