import type { Assignment, Word, WordPart } from 'unbash';

/**
 * What a word is after quote removal, or undefined when the shell makes it only at run time:
 * variables, arithmetic, wildcards, braces.
 */
export function literalWord(word: Word | Assignment): string | undefined {
  if (word.type === 'Word') return isLiteral(word.parts) && !continuesDollar(word) ? word.value : undefined;
  if (word.value.type === 'ArrayValue' || word.index !== undefined) return undefined;
  const value = literalWord(word.value);
  return value === undefined ? undefined : `${word.name}${word.append ? '+' : ''}=${value}`;
}

/** Bash joins the lines before it looks at what "$" begins: "$\⏎x" is the variable x. The parser takes such a "$" for itself. */
function continuesDollar({ text }: Word): boolean {
  return text.includes('$\\\n');
}

function isLiteral(parts: readonly WordPart[] | undefined): boolean {
  return (parts ?? []).every((part) => {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        return true;
      case 'DoubleQuoted':
      case 'LocaleString':
        return isLiteral(part.parts);
      default:
        return false;
    }
  });
}
