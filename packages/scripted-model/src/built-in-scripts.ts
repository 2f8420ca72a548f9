import type { Conversation } from './conversation.ts';
import type { Script } from './script.ts';
import { ask } from './scripts/ask.ts';
import { demo } from './scripts/demo.ts';
import { fail } from './scripts/fail.ts';
import { help } from './scripts/help.ts';
import { read } from './scripts/read.ts';
import { retry } from './scripts/retry.ts';
import { stream } from './scripts/stream.ts';
import { tour } from './scripts/tour.ts';
import { write } from './scripts/write.ts';

/** The scripts that `!play NAME` and rules can name. */
export const builtInScripts = {
  demo,
  tour: () => tour,
  help: () => help,
  read: () => read,
  write: () => write,
  ask: () => ask,
  stream: () => stream,
  fail: () => fail,
  retry: () => retry,
} satisfies Record<string, (conversation: Conversation) => Script>;

export function isBuiltIn(name: string): name is keyof typeof builtInScripts {
  return Object.hasOwn(builtInScripts, name);
}
