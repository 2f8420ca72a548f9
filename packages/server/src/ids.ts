import { randomBytes, randomUUID } from 'node:crypto';
import { type IdKind, idPrefixes } from '@ai-sessions/protocol';

/** Makes ids, as the context gives them. */
export interface Ids {
  /** A fresh public id such as `ses_…`: 120 random bits. */
  next(kind: IdKind): string;
  uuid(): string;
}

export const randomIds: Ids = {
  next: (kind) => `${idPrefixes[kind]}_${randomBytes(15).toString('base64url')}`,
  uuid: () => randomUUID(),
};
