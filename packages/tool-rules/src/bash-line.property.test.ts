import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitBash } from './bash-line.ts';

/** The commands the wrappers lead to, as words. */
function commands(commandLine: string): (string | undefined)[][] | { opaque: string } {
  const line = splitBash(commandLine);
  return 'opaque' in line ? { opaque: line.opaque } : line.parts.map((part) => part.words.slice(part.command));
}

/** A shell word with the value it must come out as, in one of the ways to write it. */
const plainWord = fc.stringMatching(/^[a-z][a-z0-9./-]{0,6}$/).filter((word) => !KEYWORDS.has(word) && !WRAPPER_NAMES.has(word));
const KEYWORDS = new Set('if then else elif fi do done case esac for in while until select coproc'.split(' '));
const WRAPPER_NAMES = new Set(['time', 'timeout', 'nice', 'nohup', 'stdbuf', 'xargs', 'function']);
const quotedText = fc.stringMatching(/^[a-z ;|&()<>#*?{}$`=~!-]{0,8}$/);
const writtenWord = fc.oneof(
  plainWord.map((word) => ({ word, text: word })),
  quotedText.map((word) => ({ word, text: `'${word}'` })),
  quotedText.map((word) => ({ word, text: `"${word.replaceAll(/[$`]/g, (sign) => `\\${sign}`)}"` })),
  quotedText.filter((word) => word !== '').map((word) => ({ word, text: word.replaceAll(/./g, (sign) => `\\${sign}`) })),
  quotedText.map((word) => ({ word, text: `$'${word}'` })),
);
const writtenName = fc.tuple(plainWord, fc.constantFrom('plain', 'double', 'single', 'escaped')).map(([word, style]) => {
  const quoted = { plain: word, double: `"${word[0]}"${word.slice(1)}`, single: `'${word}'`, escaped: `\\${word}` };
  return { word, text: quoted[style] };
});
const wrapper = fc.constantFrom('', '', '', 'timeout 5 ', 'timeout -k 5 10s ', 'nice ', 'nice -n 5 ', 'nohup ', 'stdbuf -oL ', 'xargs ');
const assignment = fc.constantFrom('', '', 'A=1 ', `B='x; y' `, 'C="a | b" D= ');
const redirection = fc.constantFrom('', '', ' >out', ' 2>&1', ' <in', ' &>/dev/null', ' <<< "x; y"');
const simpleCommand = fc
  .record({
    name: writtenName,
    args: fc.array(writtenWord, { maxLength: 4 }),
    assignment,
    wrappers: fc.array(wrapper, { maxLength: 3 }),
    redirection,
  })
  .map(({ name, args, assignment: assigned, wrappers, redirection: redirected }) => ({
    words: [name.word, ...args.map((arg) => arg.word)],
    text: `${assigned}${wrappers.join('')}${[name, ...args].map((word) => word.text).join(' ')}${redirected}`,
  }));
const separator = fc.constantFrom(' | ', ' || ', ' && ', ' & ', ' ; ', ' |& ', '\n', '|', '||', '&&', ';', '\n\n  ');
const commandLines = fc.array(fc.tuple(simpleCommand, separator), { minLength: 1, maxLength: 6 }).map((pairs) => ({
  words: pairs.map(([command]) => command.words),
  text: pairs.map(([command, between], at) => command.text + (at < pairs.length - 1 ? between : '')).join(''),
}));

test('the parts found are exactly those put in', () => {
  fc.assert(
    fc.property(commandLines, ({ words, text }) => {
      expect(commands(text)).toEqual(words);
    }),
    { numRuns: 300 },
  );
});

test('inserting a substitution, subshell or group makes the line opaque', () => {
  const hiding = fc.constantFrom('echo $(x)', 'echo `x`', 'echo "a$(x)b"', '(x)', '{ x; }', 'cat <(x)', 'tee >(x)', 'echo ${a:-`x`}');
  fc.assert(
    fc.property(commandLines, hiding, commandLines, (before, hidden, after) => {
      expect(commands(`${before.text}\n${hidden}\n${after.text}`)).toHaveProperty('opaque');
    }),
  );
});

test('the body of a here-document never counts as commands', () => {
  const delimiter = fc.constantFrom('EOF', "'EOF'", '\\EOF', '"EOF"');
  fc.assert(
    fc.property(commandLines, delimiter, commandLines, (body, end, after) => {
      const inert = body.text.replaceAll(/[$`\\]/g, '.');
      expect(commands(`cat <<${end}\n${inert}\nEOF\n${after.text}`)).toEqual([['cat'], ...after.words]);
    }),
  );
});

test('a quoted separator never splits', () => {
  fc.assert(
    fc.property(commandLines, ({ text }) => {
      const single = text.replaceAll("'", '.');
      const double = text.replaceAll(/["$`\\]/g, '.');
      expect(commands(`echo '${single}'`)).toEqual([['echo', single]]);
      expect(commands(`echo "${double}"`)).toEqual([['echo', double]]);
    }),
  );
});

test('never throws, whatever the text', () => {
  const scrap = fc.constantFrom(
    ...'if |then |fi|do |done|case |esac|$(|${|$((|((|[[|<<E\n|E\n|<(|`|"|\'|\\|&|;|(|)|{|}|\n|\0|é|\u{1F600}|\uD800'.split('|'),
    '|',
  );
  const scraps = fc.array(fc.oneof(scrap, fc.string({ maxLength: 4 })), { maxLength: 20 }).map((texts) => texts.join(''));
  fc.assert(
    fc.property(fc.oneof(scraps, fc.string(), fc.string({ unit: 'binary' })), (text) => {
      const line = splitBash(text);
      expect('opaque' in line || Array.isArray(line.parts)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
