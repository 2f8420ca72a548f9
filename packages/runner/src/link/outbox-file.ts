import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sessionId } from '@ai-sessions/protocol';

/** One incarnation: a session in the hands of this runner under one epoch. */
export interface IncarnationKey {
  readonly session_id: string;
  readonly epoch: number;
}

export function outboxFile(sessionsFolder: string, key: IncarnationKey): string {
  return join(sessionsFolder, key.session_id, `outbox-${key.epoch}.jsonl`);
}

/** The incarnations of earlier runs whose reports may not all be acknowledged. */
export function findOutboxes(sessionsFolder: string): IncarnationKey[] {
  return storedSessions(sessionsFolder).flatMap((name) =>
    epochsIn(join(sessionsFolder, name)).map((epoch) => ({ session_id: name, epoch })),
  );
}

/** The sessions that have a folder here. */
export function storedSessions(sessionsFolder: string): string[] {
  return entries(sessionsFolder).filter((name) => sessionId.safeParse(name).success);
}

function epochsIn(folder: string): number[] {
  return entries(folder).flatMap((name) => {
    const epoch = /^outbox-(\d{1,15})\.jsonl$/.exec(name)?.[1];
    return epoch === undefined || Number(epoch) < 1 ? [] : [Number(epoch)];
  });
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}
