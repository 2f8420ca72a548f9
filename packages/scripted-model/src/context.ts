import { randomBytes } from 'node:crypto';
import type { NewId } from './answer.ts';
import { Attempts } from './attempts.ts';
import { Holds } from './holds.ts';
import type { Rule } from './rule.ts';
import { systemClock, type Clock } from './synthetic-delta.ts';
import { PromptCache } from './token-count.ts';

/** What the routes share. */
export interface ScriptedModelContext {
  readonly rules: readonly Rule[];
  readonly holds: Holds;
  readonly attempts: Attempts;
  readonly promptCache: PromptCache;
  readonly clock: Clock;
  readonly newId: NewId;
}

export function createContext(
  rules: readonly Rule[],
  { clock = systemClock, newId = randomId }: { clock?: Clock; newId?: NewId } = {},
): ScriptedModelContext {
  return { rules, holds: new Holds(), attempts: new Attempts(), promptCache: new PromptCache(), clock, newId };
}

function randomId(prefix: string): string {
  return `${prefix}${prefix.endsWith('_') ? '01' : ''}${randomBytes(12).toString('hex')}`;
}
