import { forEachChild, parse, type Command, type Redirection, type SyntaxNode } from 'unbash';
import { isMisread, literalWord } from './bash-word.ts';
import { commandPlace, type CommandPlace } from './command-wrapper.ts';

/** One simple command of a line. Assignments before it and redirections are not among its words. */
export interface BashPart extends CommandPlace {
  /** The words after quote removal; undefined where only the running shell knows. */
  readonly words: readonly (string | undefined)[];
  /** Whether `NAME=value` stood before the command. */
  readonly assigns: boolean;
  readonly redirections: readonly BashRedirection[];
}

export interface BashRedirection {
  /** As bash writes it, with its descriptor: `>`, `2>>`, `<<<`, `<<`. */
  readonly operator: string;
  /** The file, descriptor or here-string; for a here-document its body; undefined as in words. */
  readonly target: string | undefined;
}

/** What a command line runs, or why that cannot be told from its text. */
export type BashLine =
  | { readonly parts: readonly BashPart[]; readonly redirections: readonly BashRedirection[] }
  /**
   * `found`: in a text that is no valid Bash, commands that run before Bash notices; in one that may be misread, those
   * seen all the same; empty else.
   */
  | { readonly opaque: string; readonly found: readonly BashPart[] };

const MISREAD = 'it is written in a way that is easily misread';

/** Far above what a model writes by hand; it bounds the time one call can take. */
const MAX_CHARS = 64 * 1024;

/**
 * Splits a Bash command line into its simple commands, those inside `if`, loops, `case` and functions
 * included. The line is opaque when a command can hide in it (substitution, subshell, group), when it is
 * no valid Bash, or when it is over 64 Ki characters. Never throws.
 * `redirections` holds those of every part and of the compound commands around them.
 */
export function splitBash(commandLine: string): BashLine {
  if (commandLine.length > MAX_CHARS) return { opaque: 'it is longer than 64 KiB', found: [] };
  if (commandLine.includes('\0')) return { opaque: 'it holds a NUL character', found: [] };
  try {
    return split(commandLine);
  } catch {
    // The parser promises not to throw; should it, or run out of stack, nobody has understood the line.
    return { opaque: 'it could not be parsed', found: [] };
  }
}

function split(commandLine: string): BashLine {
  const script = parse(commandLine);
  if (script.errors?.length) return { opaque: 'it is not valid Bash', found: foundParts(script) };
  if (joinsSigns(commandLine)) return { opaque: MISREAD, found: foundParts(script) };
  const parts: BashPart[] = [];
  const redirections: BashRedirection[] = [];
  let hiding: string | undefined;
  function visit(node: SyntaxNode, isOperand: boolean): void {
    hiding ??= hidesCommands(node) ?? (isMisunderstood(node, isOperand) ? MISREAD : undefined);
    if (hiding !== undefined) return;
    if (node.type === 'Command') parts.push(bashPart(node));
    if (isRedirection(node)) redirections.push(bashRedirection(node));
    forEachChild(node, (child) => visit(child, isOperand || endsElsewhere(node, child)));
  }
  visit(script, false);
  if (hiding === undefined) return { parts, redirections };
  return { opaque: hiding, found: hiding === MISREAD ? foundParts(script) : [] };
}

/** The commands of a text that is wrong somewhere; words are not entered, where the wrong part may nest deep. */
function foundParts(script: SyntaxNode): readonly BashPart[] {
  const parts: BashPart[] = [];
  function visit(node: SyntaxNode): void {
    if (node.type === 'Command') parts.push(bashPart(node));
    else if (node.type !== 'Word') forEachChild(node, visit);
  }
  visit(script);
  return parts;
}

/**
 * Whether a line continuation stands within what Bash, which joins the lines first, may read as one sign: "$\⏎x" is a variable there,
 * "<\⏎(x)" a process substitution, "{\⏎x}>y" a redirection.
 */
function joinsSigns(commandLine: string): boolean {
  if (!commandLine.includes('\\\n')) return false;
  // A line with a NUL of its own has been refused.
  return commandLine
    .replaceAll('\\\n', '\0')
    .split(/\s/)
    .some((run) => {
      const at = run.search(/[^\0]\0/);
      return at !== -1 && (/[$<>]\0/.test(run) || /[<>]/.test(run.slice(at)));
    });
}

function hidesCommands(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'CommandExpansion':
    case 'ArithmeticCommandExpansion':
      return 'it uses command substitution';
    case 'ProcessSubstitution':
      return 'it uses process substitution';
    case 'Subshell':
      return 'it uses a subshell';
    case 'BraceGroup':
      return 'it uses a command group';
    case 'Unknown':
      return 'it could not be parsed';
    default:
      return undefined;
  }
}

/**
 * Whether the parser took for text what Bash takes for syntax. Bash's own rules for where a word ends depend on
 * what stands before it, and every parser misses some; what then looks like one word may hold a command.
 */
function isMisunderstood(node: SyntaxNode, isOperand: boolean): boolean {
  if (node.type === 'Word') return !isOperand && isMisread(node);
  // ">&-" closes, and what follows without a blank is a word of the command.
  return node.type === 'Redirect' && node.operator.endsWith('&') && /^-./s.test(node.target?.text ?? '');
}

/** Operands of `${…}` end at its brace and regular expressions at the blank after their last bracket: both may hold operators. */
function endsElsewhere(node: SyntaxNode, child: SyntaxNode): boolean {
  return node.type === 'ParameterExpansion' || (node.type === 'TestBinary' && node.operator === '=~' && child === node.right);
}

function bashPart(command: Command): BashPart {
  const named = command.name === undefined ? [] : [command.name];
  const words = [...named, ...command.args].map((word) => literalWord(word));
  const redirections = command.redirects.map((redirect) => bashRedirection(redirect));
  const assigns = command.prefix.some((prefix) => prefix.type === 'Assignment');
  return { words, assigns, redirections, ...commandPlace(words) };
}

function isRedirection(node: SyntaxNode): node is Redirection {
  return node.type === 'Redirect' || node.type === 'HereString' || node.type === 'HereDoc';
}

function bashRedirection(redirect: Redirection): BashRedirection {
  const { descriptor } = redirect;
  const left = descriptor === undefined ? '' : descriptor.type === 'FileDescriptor' ? `${descriptor.value}` : `{${descriptor.name}}`;
  const operator = left + redirect.operator;
  if (redirect.type === 'HereDoc') return { operator, target: redirect.body.text };
  // Behind ">&" Bash removes quotes and backslashes twice when it finds a file and no descriptor.
  const known = redirect.target !== undefined && !(redirect.operator.endsWith('&') && /['"\\]/.test(redirect.target.text));
  return { operator, target: known ? literalWord(redirect.target) : undefined };
}
