import type { Store } from '../store.ts';
import { auditProcedures } from './audit.ts';
import { credentialProcedures } from './credentials.ts';
import type { Database } from './database.ts';
import { egressProcedures } from './egress.ts';
import { logProcedures } from './log.ts';
import { profileProcedures } from './profiles.ts';
import { sessionProcedures } from './sessions.ts';
import { signInProcedures } from './sign-ins.ts';
import { uploadProcedures } from './uploads.ts';
import { usageProcedures } from './usage.ts';
import { userProcedures } from './users.ts';

/** The synchronous twin of an asynchronous part of the store. */
export type Sync<Part> = {
  [Method in keyof Part]: Part[Method] extends (...args: infer Args) => Promise<infer Result> ? (...args: Args) => Result : never;
};

export type StorePart = Exclude<keyof Store, typeof Symbol.asyncDispose | 'ping' | 'gone'>;

/** What a part needs to know of the transaction around it. */
export interface Procedures<Part> {
  readonly methods: Sync<Part>;
  /** Names of the methods that write nothing. */
  readonly reads: ReadonlySet<string>;
  /** Called when a transaction was rolled back: whatever is cached may be wrong. */
  forget?(): void;
}

export function createProcedures(database: Database): { [Part in StorePart]: Procedures<Store[Part]> } {
  const sessions = sessionProcedures(database);
  return {
    users: userProcedures(database, sessions.forget),
    credentials: credentialProcedures(database),
    profiles: profileProcedures(database),
    sessions,
    log: logProcedures(database),
    egress: egressProcedures(database),
    signIns: signInProcedures(database),
    uploads: uploadProcedures(database),
    usage: usageProcedures(database),
    audit: auditProcedures(database),
  };
}
