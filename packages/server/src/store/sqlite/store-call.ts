import type { StorePart } from './procedures.ts';

/** One call of a store method, as the main thread sends it to one of the store's. */
export interface Call {
  readonly id: number;
  readonly part: StorePart | 'ping';
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  /** `failure`: the database's own trouble, not a fault of the call. */
  | { readonly id: number; readonly error: string; readonly failure?: 'full' | 'failed' };

/** Runs what was asked for and makes the reply of it; what it throws is told. */
export function replyTo(call: Call, action: () => unknown): Reply {
  try {
    return { id: call.id, value: action() };
  } catch (error) {
    const failure = failureOf(error);
    return { id: call.id, error: messageOf(error), ...(failure === undefined ? {} : { failure }) };
  }
}

const sqliteFull = 13;
/** SQLite's primary result codes (sqlite.org/rescode.html) that tell of the disk or the file: busy, locked, read-only, I/O, corrupt, cannot open, no database. */
const sqliteTrouble = new Set([5, 6, 8, 10, 11, 14, 26]);

/** Whether an error is the database's own trouble: the disk is full, or anything else of it fails. */
export function failureOf(error: unknown): 'full' | 'failed' | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  const primary = error.errcode & 0xff;
  if (primary === sqliteFull) return 'full';
  return sqliteTrouble.has(primary) ? 'failed' : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
