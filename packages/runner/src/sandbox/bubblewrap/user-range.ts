import { z } from 'zod';

/** Host user ids that belong to sessions alone. */
export interface UserRange {
  first: number;
  count: number;
}

/**
 * Above the 16-bit ids of users, services and systemd's dynamic users, below where useradd's subordinate ids (100000) and
 * systemd's containers (524288) begin: systemd's uid table calls 65536–524287 unused.
 */
export const DEFAULT_USERS: UserRange = { first: 70_000, count: 20_000 };

/** `(uid_t)-1` means "no user" to the kernel, and is never one. */
const LAST_UID = 2 ** 32 - 2;

const id = z
  .string()
  .regex(/^\d{1,10}$/)
  .transform(Number);
const rangeSchema = z
  .string()
  .transform((text) => text.split('-').map((part) => part.trim()))
  .pipe(z.tuple([id, id]))
  .refine(([first, last]) => first >= 1 && first <= last && last <= LAST_UID)
  .transform(([first, last]): UserRange => ({ first, count: last - first + 1 }));

/** @param setting text of `AI_SESSIONS_SANDBOX_USERS`. Throws, with an example, if it is no range, or holds root. */
export function parseUserRange(setting: string | undefined): UserRange {
  if (setting === undefined || setting === '') return DEFAULT_USERS;
  const range = rangeSchema.safeParse(setting);
  if (range.success) return range.data;
  throw new Error(
    `AI_SESSIONS_SANDBOX_USERS is a range of user ids above 0 that belong to nobody else, e.g. ${describeRange(DEFAULT_USERS)}`,
  );
}

export function describeRange({ first, count }: UserRange): string {
  return `${first}-${first + count - 1}`;
}

/**
 * Accounts of the host whose id lies in the range: their files would be a session's.
 * @param passwd text of `/etc/passwd`
 */
export function accountsWithin({ first, count }: UserRange, passwd: string): string[] {
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid] = line.split(':');
    return name && uid && Number(uid) >= first && Number(uid) < first + count ? [`${name} (${uid})`] : [];
  });
}
