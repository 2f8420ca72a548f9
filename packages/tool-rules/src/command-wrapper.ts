import { posix } from 'node:path';

/** Where among a part's words the command stands that wrappers such as `timeout 5` lead to. */
export interface CommandPlace {
  /** Every place a command begins at: 0, then after each wrapper. */
  readonly starts: readonly number[];
  /** The one of `starts` that surely runs, for an allow: behind a wrapper whose own words are all known. */
  readonly command: number;
  /** Whether xargs adds words from its standard input. */
  readonly fromStdin: boolean;
}

/** Options as getopt sees them; `value` ones take the rest of the word or the next word. */
interface Wrapper {
  readonly flags: string;
  readonly values: string;
  readonly longFlags: readonly string[];
  readonly longValues: readonly string[];
  /** Words between the options and the command. */
  readonly operands: number;
}

const NO_OPTIONS: Wrapper = { flags: '', values: '', longFlags: [], longValues: [], operands: 0 };

/** From the usage of coreutils 9 and GNU time 1.9. `xargs` with an option is no wrapper here, but a command. */
const WRAPPERS = new Map<string, Wrapper>([
  [
    'timeout',
    {
      flags: 'vfp',
      values: 'ks',
      longFlags: ['foreground', 'preserve-status', 'verbose'],
      longValues: ['kill-after', 'signal'],
      operands: 1,
    },
  ],
  [
    'time',
    {
      flags: 'apqv',
      values: 'fo',
      longFlags: ['append', 'portability', 'quiet', 'verbose'],
      longValues: ['format', 'output'],
      operands: 0,
    },
  ],
  ['nice', { ...NO_OPTIONS, values: 'n', longValues: ['adjustment'] }],
  ['nohup', NO_OPTIONS],
  ['stdbuf', { ...NO_OPTIONS, values: 'ioe', longValues: ['input', 'output', 'error'] }],
  ['xargs', NO_OPTIONS],
]);

const SYSTEM_FOLDERS = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

/** Strips the wrappers timeout, time, nice, nohup, stdbuf and bare xargs, and assignments between them. */
export function commandPlace(words: readonly (string | undefined)[]): CommandPlace {
  const starts = [0];
  let command = 0;
  let certain = true;
  let fromStdin = false;
  for (let at = 0; ;) {
    const next = wrappedCommand(words, at) ?? behindAssignment(words, at);
    if (next === undefined) return { starts, command, fromStdin };
    fromStdin ||= programName(words[at] ?? '') === 'xargs';
    // `timeout 5 A=b/c` runs the program of that path: an assignment only to the eye.
    certain &&= words.slice(at, next).every((word) => word !== undefined && !/^\w+\+?=.*\//s.test(word));
    if (certain) command = next;
    starts.push(next);
    at = next;
  }
}

/** `/usr/bin/git` is `git`; a path elsewhere is another program and stays. */
export function programName(word: string): string {
  const path = posix.normalize(word);
  return SYSTEM_FOLDERS.includes(posix.dirname(path)) ? posix.basename(path) : word;
}

function behindAssignment(words: readonly (string | undefined)[], at: number): number | undefined {
  const assigns = at > 0 && /^[A-Za-z_]\w*\+?=/.test(words[at] ?? '');
  return assigns && at + 1 < words.length ? at + 1 : undefined;
}

function wrappedCommand(words: readonly (string | undefined)[], at: number): number | undefined {
  const name = programName(words[at] ?? '');
  const wrapper = WRAPPERS.get(name);
  if (wrapper === undefined) return undefined;
  let next = at + 1;
  for (;;) {
    const word = words[next];
    if (word === undefined || word === '-' || !word.startsWith('-')) break;
    if (word === '--') {
      next += 1;
      break;
    }
    const taken = name === 'nice' && /^-[-+]?\d/.test(word) ? 1 : optionWords(wrapper, word);
    if (taken === undefined) return undefined;
    next += taken;
  }
  next += wrapper.operands;
  return next < words.length ? next : undefined;
}

/** How many words an option takes with its value, or undefined for an option the program does not have. */
function optionWords(wrapper: Wrapper, word: string): number | undefined {
  if (word.startsWith('--')) return longOptionWords(wrapper, word.slice(2));
  for (const [index, letter] of Array.from(word).entries()) {
    if (index === 0 || wrapper.flags.includes(letter)) continue;
    if (!wrapper.values.includes(letter)) return undefined;
    return index + 1 < word.length ? 1 : 2;
  }
  return 1;
}

function longOptionWords(wrapper: Wrapper, option: string): number | undefined {
  const name = option.split('=', 1)[0] ?? '';
  // getopt takes any beginning of a name that fits only one.
  const fitting = [...wrapper.longFlags, ...wrapper.longValues].filter((long) => long.startsWith(name));
  const long = fitting.includes(name) ? name : fitting.length === 1 ? fitting[0] : undefined;
  if (long === undefined) return undefined;
  return wrapper.longValues.includes(long) && !option.includes('=') ? 2 : 1;
}
