import type { BashLine, BashPart } from './bash-line.ts';
import { programName } from './command-wrapper.ts';
import { MalformedPattern, parsePattern, type Pattern } from './pattern.ts';
import { canonicalTool } from './tool-call.ts';

/** What rules are compared with: the call's tool and, for Bash alone, its command line split once. */
export interface RuleSubject {
  readonly tool: string;
  readonly bash?: { readonly commandLine: string; readonly line: BashLine };
}

/**
 * The first rule that denies the call: one that names its tool or server, its whole command line or any one
 * part of it. A malformed rule denies the whole tool it begins with, so that a slip never opens a door.
 *
 * Out of reach, and left to the sandbox: a line with substitution, subshell or group; a word made at run time
 * (`$x push`); a command handed to another program (`env git push`, `bash -c "git push"`, `xargs -n1 git push`, a
 * script, a here-document, an alias); an option before the word the rule names (`git -C a push`).
 */
export function denyingRule(subject: RuleSubject, denied: readonly string[]): string | undefined {
  return denied.find((rule) => {
    const pattern = parsedRule(rule) ?? { kind: 'tool', tool: rule.split('(', 1)[0] ?? '' };
    if (namesTool(pattern, subject.tool, 'deny')) return true;
    const { bash } = subject;
    if (bash === undefined) return false;
    if ('opaque' in bash.line) return bash.line.found.some((part) => deniesPart(pattern, part));
    return namesLine(pattern, bash.commandLine) || bash.line.parts.some((part) => deniesPart(pattern, part));
  });
}

/**
 * The rules that allow the call: one that names its tool, server or whole command line, else those that together
 * cover every part of the line; none when it is not allowed. A malformed rule allows nothing.
 */
export function allowingRules(subject: RuleSubject, allowed: readonly string[]): readonly string[] {
  const rules = allowed.flatMap((rule) => {
    const pattern = parsedRule(rule);
    return pattern === undefined ? [] : [{ rule, pattern }];
  });
  const whole = rules.find(({ pattern }) => namesTool(pattern, subject.tool, 'allow'));
  return whole === undefined ? commandRules(subject, rules) : [whole.rule];
}

function commandRules({ bash }: RuleSubject, rules: readonly { rule: string; pattern: Pattern }[]): readonly string[] {
  if (bash === undefined || 'opaque' in bash.line) return [];
  const line = rules.find(({ pattern }) => namesLine(pattern, bash.commandLine));
  if (line !== undefined) return [line.rule];
  const { parts } = bash.line;
  const covering = parts.flatMap((part) => rules.find(({ pattern }) => allowsPart(pattern, part))?.rule ?? []);
  return covering.length === parts.length ? covering : [];
}

function parsedRule(rule: string): Pattern | undefined {
  try {
    return parsePattern(rule);
  } catch (error) {
    if (error instanceof MalformedPattern) return undefined;
    throw error;
  }
}

function namesTool(pattern: Pattern, tool: string, list: 'allow' | 'deny'): boolean {
  switch (pattern.kind) {
    case 'tool':
      return canonicalTool(pattern.tool) === canonicalTool(tool);
    case 'mcp-server':
      return tool === `mcp__${pattern.server}` || tool.startsWith(`mcp__${pattern.server}__`);
    case 'mcp-tool':
      // `mcp__a__b` may also be a server called "a__b": only a deny takes it as that.
      return tool === pattern.tool || (list === 'deny' && tool.startsWith(`${pattern.tool}__`));
    case 'bash-prefix':
    case 'bash-exact':
      return false;
    default: {
      const unreachable: never = pattern;
      return unreachable;
    }
  }
}

function namesLine(pattern: Pattern, commandLine: string): boolean {
  return pattern.kind === 'bash-exact' && pattern.line === commandLine.trim();
}

function deniesPart(pattern: Pattern, part: BashPart): boolean {
  const words = commandWords(pattern);
  if (words === undefined) return false;
  const [program, ...args] = words;
  return part.starts.some((start) => {
    const name = part.words[start];
    if (name === undefined || (name !== program && programName(name) !== program)) return false;
    return endsWell(pattern, part, start) && wordsStandAt(part, start + 1, args);
  });
}

function allowsPart(pattern: Pattern, part: BashPart): boolean {
  const words = commandWords(pattern);
  if (words === undefined) return false;
  if (pattern.kind === 'bash-exact') {
    if (part.fromStdin || JSON.stringify(pattern.parts[0]?.redirections) !== JSON.stringify(part.redirections)) return false;
  }
  // A rule may name the wrapper too, but a rule of wrapper words alone would allow every command behind it.
  const starts = part.starts.filter((start) => start <= part.command && start + words.length > part.command);
  return starts.some((start) => endsWell(pattern, part, start) && wordsStandAt(part, start, words));
}

/** The words that a part must have; undefined for a pattern that no single part can match. */
function commandWords(pattern: Pattern): readonly (string | undefined)[] | undefined {
  if (pattern.kind === 'bash-prefix') return pattern.words;
  if (pattern.kind !== 'bash-exact' || pattern.parts.length > 1 || pattern.parts[0]?.assigns) return undefined;
  return pattern.parts[0]?.words;
}

function endsWell(pattern: Pattern, part: BashPart, start: number): boolean {
  return pattern.kind !== 'bash-exact' || part.words.length - start === pattern.parts[0]?.words.length;
}

function wordsStandAt(part: BashPart, start: number, words: readonly (string | undefined)[]): boolean {
  return words.every((word, at) => word !== undefined && word === part.words[start + at]);
}
