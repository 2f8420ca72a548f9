import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitBash, type BashPart } from './bash-line.ts';

const bash = spawnSync('bash', ['-c', 'echo $BASH_VERSINFO'], { encoding: 'utf8' });

/** Pieces that make lines on which shell parsers like to differ from Bash; none runs a program or loops for ever. */
const PIECES = [
  [
    'gg',
    'hh',
    'ii',
    ' ',
    ' ',
    '  ',
    '\t',
    '\n',
    ';',
    '&',
    '&&',
    '||',
    '|',
    '|&',
    '"',
    "'",
    '\\',
    '$',
    "$'",
    '`',
    '$(',
    ')',
    '(',
    '{ ',
    '}',
  ],
  ['<', '>', '>>', '<<E\n', '\nE\n', "<<'E'\n", '<<-E\n', '<<<', '>&', '&>', ' #', '! ', 'time ', 'if ', '; then ', '; else ', '; fi'],
  ['for x in a b', '; do ', '; done', 'case x in ', 'x) ', ';; ', ' esac', '[[ ', ' ]]', '((', '))', '$((', '${x:-', '}', 'x=', 'x=(', '*'],
  ['coproc ', 'f() ', '\\\n', '$\\\n', '\r', "'a b'", '"c d"', '$x', '==', '@(', '{a,b}', '\u00a0', '2>', '~', '[', ']', 'x+=', '?'],
].flat();

/** The argument lists that Bash itself runs for each line; every command is missing, so that nothing happens. */
function ranByBash(lines: readonly string[]): string[][][] {
  const folder = mkdtempSync(join(tmpdir(), 'bash-line-'));
  const script = `
    PATH=/nonexistent
    cd "$1"
    exec 9>&1
    i=0
    while IFS= read -r -d '' line <&8; do
      (
        command_not_found_handle() {
          local IFS=$'\\x1f'
          builtin printf '%s\\x1f%s\\x1e' "$i" "$*" >&9
          [[ $1 == hh ]]
        }
        ulimit -t 2
        eval "$line"
      ) </dev/null >/dev/null 2>&1 8<&-
      i=$((i + 1))
    done 8<&0`;
  const run = spawnSync('bash', ['--norc', '-c', script, 'bash', folder], {
    input: `${lines.join('\0')}\0`,
    encoding: 'utf8',
    timeout: 60_000,
  });
  rmSync(folder, { recursive: true });
  const ran = lines.map((): string[][] => []);
  for (const entry of run.stdout.split('\x1e').slice(0, -1)) {
    const [at, ...words] = entry.split('\x1f');
    ran[Number(at)]?.push(words);
  }
  return ran;
}

/** A word known only at run time may stand for any words, and a leading "~" for a home folder. */
function stands(part: BashPart, words: readonly string[]): boolean {
  for (const [at, word] of part.words.entries()) {
    if (word === undefined || word.startsWith('~')) return true;
    if (word !== words[at]) return false;
  }
  return part.words.length === words.length;
}

test.skipIf(bash.status !== 0)('every command that Bash runs is among the parts found (skipped without bash)', { timeout: 60_000 }, () => {
  const line = fc.array(fc.constantFrom(...PIECES), { minLength: 2, maxLength: 14 }).map((pieces) => pieces.join(''));
  const lines = fc.sample(line, 600);
  const missed = ranByBash(lines).flatMap((ran, at) => {
    const found = splitBash(lines[at] ?? '');
    if ('opaque' in found) return [];
    return ran.filter((words) => !found.parts.some((part) => stands(part, words))).map((words) => ({ line: lines[at], words }));
  });
  expect(missed).toEqual([]);
});
