import { z } from 'zod';
import { splitBash, type BashPart } from './bash-line.ts';
import { MalformedPattern, parsePattern } from './pattern.ts';
import { allowingRules } from './rule-list.ts';
import type { ToolCall } from './tool-call.ts';

/** Programs whose first word says what they do: the rule names it too. */
const WITH_SUBCOMMANDS: ReadonlySet<string> = new Set(
  (
    'apt apt-get aws az brew bun bundle cargo composer conda deno docker dotnet flutter gcloud gh git go gradle helm ' +
    'just kubectl make mix mvn npm nx pip pip3 pnpm podman poetry rails rake rustup swift systemctl task terraform ' +
    'turbo uv yarn'
  ).split(' '),
);

/** Programs that run whatever they are given, or destroy it: no rule for all their uses is proposed. */
const TOO_WIDE: ReadonlySet<string> = new Set(
  (
    '. ash awk bash busybox bunx builtin chmod chown chroot command coproc dash dd doas docker-compose env eval exec ' +
    'find fish gawk kill ksh mkfs mv nice node nohup npx nsenter parallel perl php pkexec pkill pnpx python python2 ' +
    'python3 rm ruby sed setsid sh shred source ssh stdbuf strace su sudo time timeout trap tsx unshare uvx watch ' +
    'xargs zsh'
  ).split(' '),
);

/** Decisions that a rule must not take in the user's place. */
const USERS_OWN: ReadonlySet<string> = new Set(['AskUserQuestion', 'ExitPlanMode']);

const MAX_EXACT_CHARS = 200;
const bashInput = z.object({ command: z.string() });

/**
 * The pattern to offer with an approval request, which would allow just this call and those like it: the tool's
 * name, `Bash(git push:*)`, or `Bash(…)` with the whole line where a prefix would allow too much or not all of it.
 * Undefined when no rule can honestly stand for the call: substitution, subshell, variables.
 */
export function suggestPattern(call: ToolCall): string | undefined {
  if (USERS_OWN.has(call.tool)) return undefined;
  if (call.tool !== 'Bash') return holds(call.tool, { tool: call.tool }) ? call.tool : undefined;
  const commandLine = bashInput.safeParse(call.input).data?.command.trim();
  if (commandLine === undefined) return undefined;
  const line = splitBash(commandLine);
  if ('opaque' in line) return undefined;
  const subject = { tool: 'Bash', bash: { commandLine, line } };
  const [prefix, ...others] = new Set(line.parts.map((part) => commandPrefix(part)));
  const short = commandLine.length <= MAX_EXACT_CHARS && !commandLine.includes('\n');
  const proposed = prefix !== undefined && others.length === 0 ? `Bash(${prefix}:*)` : short ? `Bash(${commandLine})` : '';
  return holds(proposed, subject) ? proposed : undefined;
}

/** Whether the text is a pattern that says what it seems to and allows the call. */
function holds(pattern: string, subject: Parameters<typeof allowingRules>[0]): boolean {
  try {
    // A line that ends in " *" would be read as a prefix.
    const readAsPrefix = parsePattern(pattern).kind === 'bash-prefix';
    return readAsPrefix === pattern.endsWith(':*)') && allowingRules(subject, [pattern]).length > 0;
  } catch (error) {
    if (error instanceof MalformedPattern) return false;
    throw error;
  }
}

function commandPrefix(part: BashPart): string | undefined {
  const [name, first] = part.words.slice(part.command);
  if (name === undefined || TOO_WIDE.has(name) || !/^[\w./][\w./+-]*$/.test(name)) return undefined;
  if (!WITH_SUBCOMMANDS.has(name)) return name;
  return first !== undefined && /^[a-z][a-z0-9:_-]*$/.test(first) ? `${name} ${first}` : undefined;
}
