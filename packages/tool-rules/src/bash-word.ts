import type { Assignment, Word, WordPart } from 'unbash';

/**
 * What a word is after quote removal, or undefined when the shell makes it only at run time:
 * variables, arithmetic, wildcards, braces.
 */
export function literalWord(word: Word | Assignment): string | undefined {
  if (word.type === 'Word') return isLiteral(word) ? word.value : undefined;
  if (word.value.type === 'ArrayValue' || word.index !== undefined || word.value.text.startsWith('~')) return undefined;
  const value = literalWord(word.value);
  return value === undefined ? undefined : `${word.name}${word.append ? '+' : ''}=${value}`;
}

/**
 * Whether text that the parser found neither quoted nor expanded holds a blank, a quote or an operator, which in Bash
 * it cannot: `2>(x)`, where the parser sees a word and Bash a process substitution, or `a[ ]"b"`.
 */
export function isMisread(word: Word): boolean {
  return plainTexts(word).some((text) => /[ \t\n'"`;&|<>()]/.test(unescaped(text)));
}

function isLiteral(word: Word): boolean {
  // In Bash also an argument like "a=~" or "a=b:~" gets a home folder.
  if (plainTexts(word).some((text) => /[=:]~/.test(text))) return false;
  return !mayExpandBraces(word) && areLiteral(word.parts);
}

/** Bash finds a brace expansion also behind braces that are none, as in "a{},b}". */
function mayExpandBraces(word: Word): boolean {
  const text = plainTexts(word).map(unescaped).join('');
  return /\{[^]*,[^]*\}/.test(text) || /\{[^{}]*\.\.[^{}]*\}/.test(text);
}

/** As written, with its backslashes. */
function plainTexts(word: Word): readonly string[] {
  if (word.parts === undefined) return [word.text];
  return word.parts.flatMap((part) => (part.type === 'Literal' || part.type === 'Glob' ? [part.text] : []));
}

function unescaped(text: string): string {
  return text.replaceAll(/\\[^]/g, '');
}

function areLiteral(parts: readonly WordPart[] | undefined): boolean {
  return (parts ?? []).every((part) => {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
        return true;
      case 'AnsiCQuoted':
        // Bash keeps a line continuation there as it is written; the parser drops it.
        return !part.text.includes('\\\n');
      case 'DoubleQuoted':
      case 'LocaleString':
        return areLiteral(part.parts);
      default:
        return false;
    }
  });
}
