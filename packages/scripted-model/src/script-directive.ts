import { parseScript, type ParsedScript } from './script.ts';

/** What a prompt asks the scripted model for, in so many words. */
export type Directive = { kind: 'script'; parsed: ParsedScript } | { kind: 'play'; name: string };

const longestScriptLines = 500;

/**
 * The last `!script {…}` or `!play NAME` line of a prompt. The JSON may go on over the following lines.
 * Returns also the prompt without it.
 */
export function readDirective(prompt: string): { directive: Directive | undefined; rest: string } {
  const lines = prompt.split('\n');
  const start = lines.findLastIndex((line) => /^!(?:script|play) /.test(line));
  const first = lines[start];
  if (first === undefined) return { directive: undefined, rest: prompt };
  const { directive, length } = first.startsWith('!play ')
    ? { directive: { kind: 'play', name: first.slice('!play '.length).trim() } as const, length: 1 }
    : readScript(lines.slice(start, start + longestScriptLines));
  return { directive, rest: lines.toSpliced(start, length).join('\n').trim() };
}

/** Reads as many lines as make a JSON document; when none do, the problem is the first line's. */
function readScript(lines: string[]): { directive: Directive; length: number } {
  let json = '';
  for (const [index, line] of lines.entries()) {
    json += index === 0 ? line.slice('!script '.length) : `\n${line}`;
    if (isJson(json)) return { directive: { kind: 'script', parsed: parseScript(json) }, length: index + 1 };
  }
  return { directive: { kind: 'script', parsed: parseScript(lines[0]?.slice('!script '.length) ?? '') }, length: 1 };
}

function isJson(text: string): boolean {
  if (!/[}\]]\s*$/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
