import type { BashLine, BashPart, BashRedirection } from './bash-line.ts';
import { programName } from './command-wrapper.ts';

/** Commands that write nothing, whatever their arguments. */
const READERS: ReadonlySet<string> = new Set(
  (
    ': [ basename cal cat cd cksum cmp column comm cut df diff dirname du echo egrep expand expr factor false fgrep ' +
    'fmt fold free getconf grep groups head hexdump id join jq locale ls md5sum nl nproc numfmt od paste printenv ' +
    'printf ps pwd readlink realpath rev seq sha1sum sha256sum sha512sum sleep stat strings tac tail test tr true ' +
    'tty type uname uptime wc which whoami zcat'
  ).split(' '),
);

/** Commands that write with some arguments. An argument known only at run time could be one of those. */
const CAREFUL_READERS = new Map<string, (args: readonly string[]) => boolean>([
  ['command', (args) => args[0] === '-v' || args[0] === '-V'],
  ['date', without(/^(-[^-]*s|--s|\d{8,}(\.\d+)?$)/)],
  ['fd', without(/^(-[^-]*[xX]|--exec)/)],
  ['file', without(/^(-[^-]*C|--comp)/)],
  ['find', without(/^-(exec|ok|delete|fprint|fls)/)],
  ['git', isGitReader],
  ['hostname', (args) => args.length === 0],
  ['rg', without(/^--(pre|hostname-bin)/)],
  ['sed', (args) => args[0] === '-n' && /^((\d+|\$)(,(\d+|\$))?p;?)+$/.test(args[1] ?? '') && without(/^-/)(args.slice(2))],
  ['sort', without(/^(-[^-]*o|--o|--comp)/)],
  ['tree', without(/^(-[^-]*[oR]|--output)/)],
  ['uniq', (args) => args.filter((arg) => !arg.startsWith('-')).length < 2],
]);

const GIT_READERS = new Map<string, (args: readonly string[]) => boolean>([
  ...['blame', 'cat-file', 'count-objects', 'describe', 'diff', 'for-each-ref', 'grep', 'log', 'ls-files'].map(reader),
  ...['ls-tree', 'merge-base', 'name-rev', 'rev-list', 'rev-parse', 'shortlog', 'show', 'status'].map(reader),
  ['branch', (args) => args.every((arg) => /^(-[avr]+|--(all|list|remotes|show-current|verbose))$/.test(arg))],
  ['config', (args) => /^--(get|get-all|list)$|^-l$/.test(args[0] ?? '')],
  ['reflog', (args) => args.length === 0 || args[0] === 'show'],
  ['remote', (args) => args.length === 0 || args[0] === 'get-url' || (args[0] === '-v' && args.length === 1)],
  ['stash', (args) => args[0] === 'list' || args[0] === 'show'],
  ['tag', (args) => args.length === 0 || args[0] === '-l' || args[0] === '--list'],
  ['worktree', (args) => args[0] === 'list'],
]);

/**
 * Whether the line is known to change nothing: every part is a reading command, and files are written nowhere.
 * For plan mode, where a line that is not known counts as one that writes.
 */
export function isReadOnly(line: BashLine): boolean {
  if ('opaque' in line) return false;
  return line.parts.every((part) => isReader(part)) && line.redirections.every((redirection) => keepsFiles(redirection));
}

function isReader(part: BashPart): boolean {
  const [name, ...args] = part.words.slice(part.command);
  // A variable set for a command can make it run another; GNU time can write a file.
  if (name === undefined || part.assigns || part.starts.at(-1) !== part.command) return false;
  if (part.words.slice(0, part.command).some((word) => word?.endsWith('time'))) return false;
  if (READERS.has(programName(name))) return true;
  const known = args.filter((arg) => arg !== undefined);
  if (part.fromStdin || known.length < args.length) return false;
  return CAREFUL_READERS.get(programName(name))?.(known) ?? false;
}

function isGitReader(args: readonly string[]): boolean {
  let at = 0;
  while (args[at] === '--no-pager' || args[at] === '-P' || args[at] === '-C') at += args[at] === '-C' ? 2 : 1;
  const rest = args.slice(at + 1);
  // These write a file or run a program; git takes any clear beginning of an option's name.
  const safe = without(/^(--ou|--op|--ext|--textc|--filt|-O)/)(rest);
  return safe && (GIT_READERS.get(args[at] ?? '')?.(rest) ?? false);
}

function keepsFiles({ operator, target }: BashRedirection): boolean {
  if (!operator.includes('>')) return true;
  if (target === undefined) return false;
  return target === '/dev/null' || (operator.endsWith('>&') && /^(\d+|-)$/.test(target));
}

function without(writing: RegExp): (args: readonly string[]) => boolean {
  return (args) => !args.some((arg) => writing.test(arg));
}

function reader(name: string): [string, () => boolean] {
  return [name, () => true];
}
