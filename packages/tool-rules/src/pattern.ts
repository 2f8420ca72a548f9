import { splitBash, type BashPart } from './bash-line.ts';

/** A rule of `allowed_tools`, `denied_tools` or a session approval, parsed. */
export type Pattern =
  | { readonly kind: 'tool'; readonly tool: string }
  | { readonly kind: 'mcp-server'; readonly server: string }
  | { readonly kind: 'mcp-tool'; readonly tool: string }
  | { readonly kind: 'bash-prefix'; readonly words: readonly string[] }
  | { readonly kind: 'bash-exact'; readonly line: string; readonly parts: readonly BashPart[] };

/** The text is no pattern; the message says what is wrong and what to write instead. */
export class MalformedPattern extends Error {
  override readonly name = 'MalformedPattern';
}

/**
 * Reads `Tool`, `mcp__server`, `mcp__server__*`, `mcp__server__tool`, `Bash(prefix:*)`, `Bash(prefix *)` or the
 * exact `Bash(command)`. The text inside `Bash(…)` is read as Bash reads it: quotes group words.
 * Throws MalformedPattern for anything else.
 */
export function parsePattern(pattern: string): Pattern {
  const bash = /^Bash\((.*)\)$/s.exec(pattern);
  if (bash?.[1] !== undefined) return bashPattern(pattern, bash[1].trim());
  if (pattern.includes('(')) {
    throw new MalformedPattern(`"${pattern}": only Bash takes a text in parentheses, as in Bash(git push:*).`);
  }
  if (pattern.startsWith('mcp__')) return mcpPattern(pattern);
  if (!/^[A-Za-z][\w-]*$/.test(pattern)) {
    throw new MalformedPattern(`"${pattern}" is no tool name: write one such as Write, Bash(git push:*) or mcp__server__tool.`);
  }
  return { kind: 'tool', tool: pattern };
}

/** Whether parsePattern takes the text. */
export function isValidPattern(pattern: string): boolean {
  try {
    parsePattern(pattern);
    return true;
  } catch {
    return false;
  }
}

function mcpPattern(pattern: string): Pattern {
  const [, server, tool] = /^mcp__([\w.-]+?)(?:__([\w.-]+|\*))?$/.exec(pattern) ?? [];
  if (server === undefined || pattern.endsWith('__')) {
    throw new MalformedPattern(`"${pattern}": write mcp__server or mcp__server__tool, of letters, digits, "_" and "-".`);
  }
  return tool === undefined || tool === '*' ? { kind: 'mcp-server', server } : { kind: 'mcp-tool', tool: pattern };
}

function bashPattern(pattern: string, text: string): Pattern {
  if (text === '*' || text === ':*' || text === '') {
    throw new MalformedPattern(`"${pattern}" names no command: write Bash for every command, or Bash(git push:*).`);
  }
  const prefix = /^(.*?)(?::| )\*$/s.exec(text)?.[1];
  const line = splitBash(prefix ?? text);
  if ('opaque' in line) throw new MalformedPattern(`"${pattern}" can never match: ${line.opaque}.`);
  const words = line.parts.map((part) => part.words.filter((word) => word !== undefined));
  if (line.parts.some((part, at) => part.words.length === 0 || part.words.length !== words[at]?.length)) {
    throw new MalformedPattern(
      `"${pattern}" must name commands in plain words: no variables, and no wildcard but a final ":*", as in Bash(git push:*).`,
    );
  }
  if (prefix === undefined) return { kind: 'bash-exact', line: text, parts: line.parts };
  const [first] = words;
  if (first === undefined || words.length > 1 || line.redirections.length > 0 || line.parts[0]?.assigns) {
    throw new MalformedPattern(`"${pattern}": a prefix is the beginning of one command, without VAR=value, separators or redirections.`);
  }
  return { kind: 'bash-prefix', words: first };
}
