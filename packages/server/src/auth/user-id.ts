import { createHash } from 'node:crypto';
import { z } from 'zod';

/** An email address as people sign in with: trimmed and in lower case. */
export const emailAddress = z.string().trim().toLowerCase().max(254).pipe(z.email('not an email address such as ada@example.com'));

/** The id of the user with this address, the same on every machine and in every spelling of case. */
export function userIdOf(email: string): string {
  return `usr_${createHash('sha256').update(email.toLowerCase()).digest('base64url').slice(0, 24)}`;
}
