import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitBash, type BashPart } from './bash-line.ts';

/** The same lines on every run, so that a failure is one of the change at hand; another seed searches further. */
const SEED = Number(process.env['REAL_BASH_SEED'] ?? 1);
const LINES = Number(process.env['REAL_BASH_LINES'] ?? 3_000);
const BATCH = 1_000;
const BATCH_TIMEOUT_MS = 300_000;

const bash = spawnSync('bash', ['-c', 'echo $BASH_VERSINFO'], { encoding: 'utf8' });

/**
 * Pieces that make lines on which shell parsers like to differ from Bash. None runs a program, loops for ever or holds
 * a slash: nothing outside the folder of the run can be written.
 */
const PIECES = [
  ['gg', 'hh', 'ii', 'gg ', 'hh ', ' ii', ' ', ' ', '  ', '\t', '\n', '\n', ';', '&', '&&', '||', '|', '|&', '"', "'", '\\', '$', "$'"],
  ['`', '$(', ')', '(', '{ ', '}', '$"', '-', '=', ':', ',', '%', '!', '@', '#', '^', '0', '1', '2', '3', 'é', '\r', '\v', '\u00a0', '..'],
  ['<', '>', '>>', '<<E\n', '\nE\n', "<<'E'\n", '<<-E\n', '\n\tE\n', '<<"E"\n', '<<\\E\n', '<<<', '<<', '>&', '&>', '&>>', '<&', '&-'],
  ['<>', '>|', '2>', '0<', '&1', '{x}>', '<(', '>(', ' #', '! ', 'time ', '-p ', '-- ', 'if ', '; then ', '; else ', 'elif ', '; fi'],
  ['for x in a b', 'select x in a', 'while ii', 'until hh', '; do ', '; done', 'case x in ', ' in ', 'x) ', ';; ', ';&', ';;&', ' esac'],
  ['[[ ', ' ]]', '=~', '==', '((', '))', '$((', '$[', '${x:-', '${x', '${', '}', 'x=', 'x=(', 'x+=', 'x[', 'x[0]=', 'a=b ', 'declare x='],
  ['coproc ', 'f() ', 'function f ', '\\\n', '$\\\n', '\\"', "\\'", '\\`', "'a b'", '"c d"', '$x', '~', '[', ']', '*', '?', '@(', '!('],
  ['{a,b}', '{1..2}', '{', '{},', '{gg,'],
].flat();

/** What Bash did with one line: the argument lists it ran, and the files it made. */
interface Ran {
  readonly commands: string[][];
  readonly files: string[];
}

/** Gives each line to a Bash in a folder of its own; every command is missing, so that nothing happens. */
function ranByBash(lines: readonly string[]): Ran[] {
  const folder = mkdtempSync(join(tmpdir(), 'bash-line-'));
  const folders = lines.map((_, at) => join(folder, `${at}`));
  for (const own of folders) mkdirSync(own);
  const script = `
    PATH=/nonexistent
    exec 9>&1
    at_line=0
    while IFS= read -r -d '' line <&8; do
      (
        cd "$1/$at_line"
        HOME=$PWD/home
        command_not_found_handle() {
          local IFS=$'\\x1f' said
          said=$at_line$'\\x1f'"$*"$'\\x1e'
          # In one write, which another process of the same line cannot come between.
          builtin printf %s "\${said//$'\\n'/$'\\x1d'}" >&9
          [[ $1 == hh ]]
        }
        ulimit -t 2 -f 100
        eval "$line"
      ) </dev/null >/dev/null 2>&1 8<&-
      at_line=$((at_line + 1))
    done 8<&0`;
  // Ends when the last process does that holds the output, also one that a line left in the background.
  const { stdout, error, signal } = spawnSync('bash', ['--norc', '-c', script, 'bash', folder], {
    input: `${lines.join('\0')}\0`,
    encoding: 'utf8',
    timeout: BATCH_TIMEOUT_MS,
    maxBuffer: 1024 ** 3,
  });
  const ran = folders.map((own): Ran => ({ commands: [], files: readdirSync(own) }));
  rmSync(folder, { recursive: true });
  expect({ error, signal }).toEqual({ error: undefined, signal: null });
  for (const entry of stdout.split('\x1e').slice(0, -1)) {
    const [at, ...words] = entry.replaceAll('\x1d', '\n').split('\x1f');
    ran[Number(at)]?.commands.push(words);
  }
  return ran;
}

/** What Bash did that the parts found do not show; empty for a line that is opaque, where nothing is claimed. */
function missed(line: string, { commands, files }: Ran): unknown[] {
  const found = splitBash(line);
  if ('opaque' in found) return [];
  const targets = found.redirections.filter(({ operator }) => operator.includes('>')).map(({ target }) => target);
  return [
    ...commands.filter((words) => !found.parts.some((part) => stands(part, words))),
    ...files.filter((file) => !targets.some((target) => target === undefined || target.startsWith('~') || target === file)),
  ];
}

/** A word known only at run time may stand for any words, and a leading "~" for a home folder. */
function stands(part: BashPart, words: readonly string[]): boolean {
  for (const [at, word] of part.words.entries()) {
    if (word === undefined || word.startsWith('~')) return true;
    if (word !== words[at]) return false;
  }
  return part.words.length === words.length;
}

test.skipIf(bash.status !== 0)(
  'every command that Bash runs and every file it makes is among the parts found (skipped without bash)',
  { timeout: Math.ceil(LINES / BATCH) * (BATCH_TIMEOUT_MS + 10_000) },
  () => {
    const line = fc.array(fc.constantFrom(...PIECES), { minLength: 2, maxLength: 16, size: 'max' }).map((pieces) => pieces.join(''));
    const wrong: unknown[] = [];
    let understood = 0;
    for (let from = 0; from < LINES; from += BATCH) {
      const lines = fc.sample(line, { numRuns: Math.min(BATCH, LINES - from), seed: SEED * 1_000_003 + from });
      const ran = ranByBash(lines);
      wrong.push(...ran.flatMap((did, at) => missed(lines[at] ?? '', did).map((what) => ({ line: lines[at], what }))));
      understood += ran.filter(({ commands }, at) => commands.length > 0 && !('opaque' in splitBash(lines[at] ?? ''))).length;
    }
    expect(wrong).toEqual([]);
    // Else the lines would compare nothing.
    expect(understood).toBeGreaterThan(LINES / 20);
  },
);
