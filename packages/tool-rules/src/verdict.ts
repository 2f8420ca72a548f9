import { z } from 'zod';
import { splitBash } from './bash-line.ts';
import { editsPlan, editsWorkspace, isFileEdit } from './file-edit.ts';
import { isHarmless } from './harmless-tool.ts';
import { planRefusal } from './plan-refusal.ts';
import { allowingRules, denyingRule, type RuleSubject } from './rule-list.ts';
import type { ToolCall } from './tool-call.ts';
import type { ToolRules } from './tool-rules.ts';

/** What becomes of a tool call. */
export interface Verdict {
  readonly decision: 'allow' | 'deny' | 'ask';
  readonly by: 'deny-rule' | 'allow-rule' | 'session-rule' | 'mode' | 'default';
  /** The deciding rule as it was written; of several that allow a command line together, the first. */
  readonly rule?: string;
  /** One or two sentences for the model and the user. */
  readonly reason: string;
}

const bashInput = z.object({ command: z.string() });

/**
 * Judges a tool call: deny rules, then what plan mode refuses, then allow rules, then the mode. Pure, never throws.
 * For `canUseTool`, where Claude Code asks about the calls it does not hold harmless itself.
 */
export function decide(call: ToolCall, rules: ToolRules): Verdict {
  const subject = ruleSubject(call);
  return denied(subject, rules) ?? refusedByPlan(call, subject, rules) ?? allowed(subject, rules) ?? byMode(call, subject, rules);
}

/**
 * The verdict of `decide` when it is a deny, else undefined. For the PreToolUse hook, which sees every call,
 * also those that Claude Code would run without asking.
 */
export function denies(call: ToolCall, rules: ToolRules): Verdict | undefined {
  const verdict = decide(call, rules);
  return verdict.decision === 'deny' ? verdict : undefined;
}

function ruleSubject(call: ToolCall): RuleSubject {
  if (call.tool !== 'Bash') return { tool: call.tool };
  const commandLine = bashInput.safeParse(call.input).data?.command;
  const line = commandLine === undefined ? { opaque: 'it carries no command', found: [] } : splitBash(commandLine);
  return { tool: call.tool, bash: { commandLine: commandLine ?? '', line } };
}

function denied(subject: RuleSubject, { denied: patterns }: ToolRules): Verdict | undefined {
  const rule = denyingRule(subject, patterns);
  if (rule === undefined) return undefined;
  const reason = `The session's rule ${rule} denies this. Go on without it, or tell the user what you need it for.`;
  return { decision: 'deny', by: 'deny-rule', rule, reason };
}

function refusedByPlan(call: ToolCall, subject: RuleSubject, rules: ToolRules): Verdict | undefined {
  const reason = rules.mode === 'plan' ? planRefusal(call, subject, [...rules.allowed, ...rules.sessionAllowed]) : undefined;
  return reason === undefined ? undefined : { decision: 'deny', by: 'mode', reason };
}

function allowed(subject: RuleSubject, rules: ToolRules): Verdict | undefined {
  const [own] = allowingRules(subject, rules.allowed);
  if (own !== undefined) return { decision: 'allow', by: 'allow-rule', rule: own, reason: `The rule ${own} allows this.` };
  // A line of several commands may need rules of both lists.
  const both = allowingRules(subject, [...rules.allowed, ...rules.sessionAllowed]);
  const rule = both.find((covering) => rules.sessionAllowed.includes(covering));
  if (rule === undefined) return undefined;
  return { decision: 'allow', by: 'session-rule', rule, reason: `The user allowed ${rule} for this session.` };
}

function byMode(call: ToolCall, subject: RuleSubject, { mode }: ToolRules): Verdict {
  const approved = { decision: 'allow', by: 'mode' } as const;
  switch (mode) {
    case 'bypassPermissions':
      return { ...approved, reason: 'The session approves whatever no rule denies.' };
    case 'acceptEdits':
      if (editsWorkspace(call)) return { ...approved, reason: 'The session approves edits in its workspace.' };
      break;
    case 'plan':
      if (editsPlan(call)) return { ...approved, reason: 'The plan itself may be written.' };
      if (call.tool === 'ExitPlanMode') return { decision: 'ask', by: 'mode', reason: 'The user decides whether the plan is carried out.' };
      break;
    default: {
      const unreachable: never = mode;
      return unreachable;
    }
  }
  if (isHarmless(call)) return { ...approved, reason: 'This changes nothing and stays in the workspace.' };
  return { decision: 'ask', by: 'default', reason: askReason(call, subject) };
}

function askReason(call: ToolCall, { bash }: RuleSubject): string {
  if (bash !== undefined && 'opaque' in bash.line) {
    return `Rules cannot judge this command, since ${bash.line.opaque}: the user decides.`;
  }
  if (isFileEdit(call)) return 'The file is outside the workspace: the user decides.';
  return `No rule covers this use of ${call.tool}: the user decides.`;
}
