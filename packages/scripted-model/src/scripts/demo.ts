import type { Conversation } from '../conversation.ts';
import type { Script } from '../script.ts';
import { ask } from './ask.ts';
import { fail } from './fail.ts';
import { help } from './help.ts';
import { read } from './read.ts';
import { readableScript } from './readable-script.ts';
import { retry } from './retry.ts';
import { stream } from './stream.ts';
import { tour } from './tour.ts';
import { write } from './write.ts';

/** What `npm start -- --demo` plays: a tour on the first prompt of a session, afterwards whatever keyword a prompt names. */
export function demo({ prompt, promptIndex }: Conversation): Script {
  if (promptIndex === 0) return tour;
  const keyword = prompt.toLowerCase().match(/\b(?:read|write|ask|stream|fail|retry|help)\b/)?.[0];
  return keyword === undefined ? friendly : (byKeyword[keyword] ?? friendly);
}

const byKeyword: Record<string, Script> = { read, write, ask, stream, fail, retry, help };

const friendly = readableScript([
  {
    text: [
      'Your prompt arrived, and Claude Code in the sandbox passed it on to me. I cannot think about it, though: ',
      'I am a **scripted model** and only know a few words.\n\n',
      'Try `read`, `write`, `ask`, `stream`, `fail`, `retry` or `help`.',
    ].join(''),
  },
]);
