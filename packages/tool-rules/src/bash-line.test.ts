import { describe, expect, test } from 'vitest';
import { splitBash } from './bash-line.ts';

/** The commands the wrappers lead to, as words; a word known only at run time is null. */
function commands(commandLine: string): (string | null)[][] | { opaque: string } {
  const line = splitBash(commandLine);
  if ('opaque' in line) return { opaque: line.opaque };
  return line.parts.map((part) => part.words.slice(part.command).map((word) => word ?? null));
}

function spelled(commandLine: string): string {
  const found = commands(commandLine);
  return 'opaque' in found ? `opaque: ${found.opaque}` : found.map((words) => words.map((word) => word ?? '?').join(' ')).join(' / ');
}

describe('splitting', () => {
  test.each([
    ['git push', 'git push'],
    ['a | b || c && d & e ; f |& g\nh', 'a / b / c / d / e / f / g / h'],
    ['a&&b||c|d;e&f', 'a / b / c / d / e / f'],
    ['git  \t push', 'git push'],
    ['git \\\n push', 'git push'],
    [`"g"it pu'sh'`, 'git push'],
    ['\\git push', 'git push'],
    [`$'g\\x69t' push`, 'git push'],
    [`git$'' ""push`, 'git push'],
    [`echo 'a; b' "c && d" e\\;f "g | h"`, 'echo a; b c && d e;f g | h'],
    [`echo "it's; fine"; ls`, "echo it's; fine / ls"],
    [`echo 'it'\\''s; fine'; ls`, "echo it's; fine / ls"],
    [`echo "a\\"; rm x"; ls`, 'echo a"; rm x / ls'],
    [`echo $'a\\'; rm x'; ls`, "echo a'; rm x / ls"],
    [`echo '$(rm x)' '\`rm x\`' '(x)' '{ x; }'`, 'echo $(rm x) `rm x` (x) { x; }'],
    ['echo a#b; ls # ; rm x\nb', 'echo a#b / ls / b'],
    ['if a; then b; elif c; then d; else e; fi', 'a / b / c / d / e'],
    ['while ! a; do b; done; until c; do d; done', 'a / b / c / d'],
    ['for f in x y; do rm $f; done', 'rm ?'],
    ['for ((i=0; i<3; i++)); do a; done', 'a'],
    ['case $x in a|b) c;; *) d;; esac', 'c / d'],
    ['select x in a b; do c; break; done', 'c / break'],
    ['f() if a; then b; fi; f', 'a / b / f'],
    ['coproc git push', 'git push'],
    ['! git push', 'git push'],
    ['time -p git push', 'git push'],
    ['[[ -f x && y < z ]] && a', 'a'],
    ['(( i++ )) || a', 'a'],
    ['cat <<EOF | b\ngit push; x\nEOF\nc', 'cat / b / c'],
    ['cat <<-A <<B\n\tx; y\n\tA\nz\nB\nc', 'cat / c'],
    [`cat <<'EOF'\n$(git push)\nEOF`, 'cat'],
    ['cat <<EOF\ngit push; the end is missing', 'cat'],
    ['cat <<<"git push; x"; y', 'cat / y'],
    ['echo $HOME "${x:-y}" *.ts {a,b} $((1+1))', 'echo ? ? ? ? ?'],
    ['$cmd push', '? push'],
    // $'…' keeps a line continuation.
    ["git $'pu\\\nsh'", 'git ?'],
    // A home folder may stand behind "=" and ":" too, braces may expand behind braces that do not.
    ['git a=~ --b=~/c d:~ HEAD~1', 'git ? ? ? HEAD~1'],
    ['declare a=~ && ls', 'declare ? / ls'],
    ['git {} a{},b} {}{1..2} stash@{0} @{u}..HEAD HEAD@{1}', 'git {} ? ? stash@{0} @{u}..HEAD HEAD@{1}'],
    ['exec 3>&- 4<&-; >&2 git push', 'exec / git push'],
    ['', ''],
    ['# nothing', ''],
  ])('%j', (commandLine, expected) => {
    expect(spelled(commandLine)).toBe(expected);
  });

  test('redirections are kept apart from the words', () => {
    const line = splitBash('>a git 2>&1 push <b; while x; do y; done >>c');
    if ('opaque' in line) throw new Error(line.opaque);
    expect(line.parts.map((part) => part.words)).toEqual([['git', 'push'], ['x'], ['y']]);
    expect(line.redirections).toEqual([
      { operator: '>', target: 'a' },
      { operator: '2>&', target: '1' },
      { operator: '<', target: 'b' },
      { operator: '>>', target: 'c' },
    ]);
  });

  test('behind ">&" only a plain text is a known file', () => {
    expect(splitBash('git >& a; git >& "b"; git >& \\c')).toMatchObject({
      redirections: [
        { operator: '>&', target: 'a' },
        { operator: '>&', target: undefined },
        { operator: '>&', target: undefined },
      ],
    });
  });
});

describe('opaque', () => {
  const MISREAD = 'it is written in a way that is easily misread';
  test.each([
    ['git $(echo push)', 'it uses command substitution'],
    ['git `echo push`', 'it uses command substitution'],
    ['echo "`git push`"', 'it uses command substitution'],
    ['echo ${x:-$(git push)}', 'it uses command substitution'],
    ['echo $((1 + $(git push)))', 'it uses command substitution'],
    ['echo ${a[$(git push)]}', 'it uses command substitution'],
    ['x=$(git push)', 'it uses command substitution'],
    ['x=($(git push))', 'it uses command substitution'],
    ['[[ $(git push) ]]', 'it uses command substitution'],
    ['(( $(git push) ))', 'it uses command substitution'],
    ['for x in $(git push); do a; done', 'it uses command substitution'],
    ['case $(git push) in x) a;; esac', 'it uses command substitution'],
    ['a > $(git push)', 'it uses command substitution'],
    ['cat <<EOF\n$(git push)\nEOF', 'it uses command substitution'],
    ['cat <<< $(git push)', 'it uses command substitution'],
    ['diff <(git push) x', 'it uses process substitution'],
    ['tee >(git push)', 'it uses process substitution'],
    ['(git push)', 'it uses a subshell'],
    ['a && (git push)', 'it uses a subshell'],
    ['{ git push; }', 'it uses a command group'],
    ['f() { git push; }', 'it uses a command group'],
    // The parser sees words and assignments here, Bash something else.
    ['a $\\\nx', MISREAD],
    ['a 1\\\n<b', MISREAD],
    ['a {\\\nb}>c', MISREAD],
    ['a && <\\\nx git push', MISREAD],
    ['a 2>(git push)', MISREAD],
    ['{x}>(git push)', MISREAD],
    ['a[ 1 ]"b"', MISREAD],
    ['a[ 1 ]{b,c}', MISREAD],
    ['a[1 + 2]=3', MISREAD],
    ['>&-git push', MISREAD],
    ['echo "unterminated', 'it is not valid Bash'],
    ['a &&', 'it is not valid Bash'],
    ['; a', 'it is not valid Bash'],
    ['a\0b', 'it holds a NUL character'],
    [`echo ${'x'.repeat(65_536)}`, 'it is longer than 64 KiB'],
    ['( '.repeat(20_000), 'it is not valid Bash'],
  ])('%.40j', (commandLine, opaque) => {
    expect(commands(commandLine)).toEqual({ opaque });
  });

  test.each(['a 2>(b); git push', 'git push >&-; "', 'git push\nif'])('what is seen all the same is found: %j', (commandLine) => {
    expect(splitBash(commandLine)).toMatchObject({ found: expect.arrayContaining([expect.objectContaining({ words: ['git', 'push'] })]) });
  });
});

describe('wrappers', () => {
  test.each([
    ['FOO=1 BAR="a b" git push', 'git push'],
    ['a[0]=1 git push', 'git push'],
    ['timeout 5 git push', 'git push'],
    ['timeout -k 5 10s git push', 'git push'],
    ['timeout -k5 -s KILL --foreground 10s git push', 'git push'],
    ['timeout --kill-after=5 --sig TERM -v -- 10s git push', 'git push'],
    ['timeout -vk 5 10s git push', 'git push'],
    ['nice git push', 'git push'],
    ['nice -n 5 git push', 'git push'],
    ['nice -n5 git push', 'git push'],
    ['nice -10 git push', 'git push'],
    ['nice --adjustment=3 git push', 'git push'],
    ['nohup git push &', 'git push'],
    ['stdbuf -oL -e 0 git push', 'git push'],
    ['stdbuf --output=L git push', 'git push'],
    ['/usr/bin/time -f %e -o log git push', 'git push'],
    ['nohup time -v git push', 'git push'],
    ['ls | xargs git push', 'ls / git push'],
    ['FOO=1 timeout 5 BAR=2 nice -n 1 nohup stdbuf -oL time xargs git push', 'git push'],
    ['time timeout 5 time nice git push', 'git push'],
    ['"timeout" 5 \\nice git push', 'git push'],
    // Not wrappers: options of xargs, unknown options, nothing behind them, another program of that name.
    ['xargs -n1 git push', 'xargs -n1 git push'],
    ['timeout --unknown 5 git push', 'timeout --unknown 5 git push'],
    ['timeout 5', 'timeout 5'],
    ['xargs', 'xargs'],
    ['./timeout 5 git push', './timeout 5 git push'],
    ['env FOO=1 git push', 'env FOO=1 git push'],
    // What the running shell may turn into other words is not taken for a wrapper's argument.
    ['timeout $T git push', 'timeout ? git push'],
    ['timeout 5 A=b/c git push', 'A=b/c git push'],
  ])('%s', (commandLine, expected) => {
    expect(spelled(commandLine)).toBe(expected);
  });
});
