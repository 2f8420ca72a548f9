import type { PendingAsk, PermissionMode } from '@ai-sessions/protocol';
import type { CanUseTool, HookCallback, PermissionResult } from '@anthropic-ai/claude-agent-sdk';
import type { Reporter } from '../reporter.ts';
import { decide, denies, suggestPattern, type Verdict } from '@ai-sessions/tool-rules';
import { type Ask, type AskAnswer, carriedAsk, isSameCall, unasked } from './ask.ts';
import { fitInput } from './payload-size.ts';
import { questionId } from './prompt-uuid.ts';
import { answeredInput, QUESTION_TOOL, questionsOf } from './question.ts';

export interface PermissionOptions {
  readonly sessionId: string;
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
  readonly sessionAllowed: readonly string[];
  readonly mode: PermissionMode;
  /** What was open when an earlier incarnation ended. */
  readonly pending: readonly PendingAsk[];
  readonly reporter: Pick<Reporter, 'report'>;
}

export interface ApprovalReply {
  readonly tool_use_id: string;
  readonly approved: boolean;
  readonly pattern?: string | undefined;
  readonly updated_input?: Readonly<Record<string, unknown>> | undefined;
  readonly message?: string | undefined;
}

/**
 * Judges the tool calls of one incarnation and asks the user where no rule decides. Knows what is open, across
 * restarts of Claude Code: a call that is made again keeps the id under which it was asked.
 */
export class Permissions {
  readonly #options: PermissionOptions;
  readonly #sessionAllowed: string[];
  #mode: PermissionMode;
  #cwd = '/workspace';
  #asks: Ask[];
  /** Names of calls of the present process that repeat an earlier one. */
  readonly #names = new Map<string, string>();
  readonly #parents = new Map<string, string>();
  readonly #agents = new Map<string, string>();
  readonly #inputs = new Map<string, unknown>();
  readonly #toldDenials = new Set<string>();

  constructor(options: PermissionOptions) {
    this.#options = options;
    this.#sessionAllowed = [...options.sessionAllowed];
    this.#mode = options.mode;
    this.#asks = options.pending.map(carriedAsk);
  }

  /** @param workspace as the session sees it, once that is known. */
  placeAt(workspace: string): void {
    this.#cwd = workspace;
  }

  get mode(): PermissionMode {
    return this.#mode;
  }

  /** True while the user is being waited for. */
  get waiting(): boolean {
    return this.#asks.some((ask) => ask.resolve !== undefined);
  }

  /** Sees every call in every mode, subagents' too: refuses what rules and plan mode refuse. */
  readonly preToolUse: HookCallback = async (input) => {
    if (input.hook_event_name !== 'PreToolUse') return {};
    const verdict = denies(this.#call(input.tool_name, input.tool_input), this.#rules);
    if (verdict === undefined) return {};
    this.#tellDenial(this.nameOf(input.tool_use_id, input.tool_name, input.tool_input), input.tool_name, verdict);
    return { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: verdict.reason } };
  };

  /** Asked about what Claude Code itself does not hold harmless. Never answers with rules for Claude Code to keep: it would write them into the workspace. */
  readonly canUseTool: CanUseTool = async (toolName, input, { signal, toolUseID, agentID }) => {
    // The message that holds the call may have been read but not handled yet; it is to be told first.
    await new Promise((resolve) => setImmediate(resolve));
    const id = this.nameOf(toolUseID, toolName, input);
    const carried = this.#asks.find((ask) => ask.claimedBy === toolUseID);
    if (toolName === QUESTION_TOOL) return this.#askQuestion(id, input, carried, signal);
    const verdict = decide(this.#call(toolName, input), this.#rules);
    if (verdict.decision !== 'ask') {
      if (carried !== undefined) this.#settle(carried, verdict.decision === 'allow', 'rule');
      if (verdict.decision === 'allow') return { behavior: 'allow', updatedInput: input };
      this.#tellDenial(id, toolName, verdict);
      return { behavior: 'deny', message: verdict.reason };
    }
    const parent = this.#parents.get(id) ?? this.#agents.get(agentID ?? '');
    return this.#askApproval(id, toolName, input, parent, carried, signal);
  };

  /** See ToolUseName: gives a call that repeats one the user was asked about the id of that one. */
  readonly nameOf = (id: string, toolName: string, input: unknown): string => {
    const known = this.#names.get(id);
    if (known !== undefined || toolName === '') return known ?? id;
    // The first is what the model wrote; later ones may be what Claude Code passes on of it.
    if (!this.#inputs.has(id)) this.#inputs.set(id, input);
    const repeated = this.#asks.find((ask) => ask.resolve === undefined && ask.claimedBy === undefined && isSameCall(ask, toolName, input));
    if (repeated === undefined) return id;
    repeated.claimedBy = id;
    this.#names.set(id, repeated.toolUseId);
    return repeated.toolUseId;
  };

  /** A call on a subagent's thread: whose it is. `done`: it has its result, so that whatever was asked about it is void. */
  noteTool(toolUseId: string, parentToolUseId: string | undefined, done: boolean): void {
    if (parentToolUseId !== undefined) this.#parents.set(toolUseId, parentToolUseId);
    if (!done) return;
    for (const ask of this.#asks.filter((open) => open.toolUseId === toolUseId && open.resolve !== undefined))
      this.#settle(ask, false, 'interrupted');
  }

  noteAgent(agentId: string, toolUseId: string): void {
    this.#agents.set(agentId, toolUseId);
  }

  /** The mode that Claude Code says it is in. */
  noteNativeMode(mode: string): void {
    if (mode === 'plan') this.#changeMode('plan');
    else if (this.#mode === 'plan') this.#changeMode(this.#options.mode === 'bypassPermissions' ? 'bypassPermissions' : 'acceptEdits');
  }

  /** Repeats, and replies to what is settled already, do nothing. */
  replyApproval(reply: ApprovalReply): void {
    const ask = this.#asks.find((open) => open.kind === 'approval' && open.id === reply.tool_use_id && open.answer === undefined);
    if (ask === undefined) return;
    const approved: AskAnswer =
      reply.updated_input === undefined ? { kind: 'approved' } : { kind: 'approved', updatedInput: reply.updated_input };
    this.#reply(ask, reply.approved ? approved : { kind: 'refused', message: reply.message ?? 'The user denied this.' });
    if (reply.approved && reply.pattern !== undefined) this.#allow(reply.pattern);
  }

  /** @param answers absent: nobody answered; `message` says why. */
  replyQuestion(id: string, answers: Readonly<Record<string, string>> | undefined, message: string | undefined): void {
    const ask = this.#asks.find((open) => open.kind === 'question' && open.id === id && open.answer === undefined);
    if (ask === undefined) return;
    this.#reply(
      ask,
      answers === undefined ? { kind: 'refused', message: message ?? 'The user did not answer.' } : { kind: 'answered', answers },
    );
  }

  /** Ends all that is open, because the turn is over or is to be. */
  settleAll(): void {
    for (const ask of this.#asks) this.#settle(ask, false, 'interrupted');
  }

  /** What was remembered of the turn's calls is of no more use. */
  turnEnded(): void {
    this.settleAll();
    for (const memory of [this.#names, this.#parents, this.#agents, this.#inputs]) memory.clear();
    this.#toldDenials.clear();
  }

  /** The process has died: what it asked stays open for the one that takes its place. */
  processEnded(): void {
    this.#asks = this.#asks.map(unasked);
    this.#names.clear();
    this.#agents.clear();
    this.#inputs.clear();
  }

  /** After a restart: the model has called other tools than those that were asked about. */
  messageEnded(usedTools: boolean): void {
    if (!usedTools) return;
    for (const ask of this.#asks.filter(({ claimedBy, resolve }) => claimedBy === undefined && resolve === undefined)) {
      this.#settle(ask, false, 'interrupted');
    }
  }

  /** Whether the call was waiting for the user, so that it surely has not run. */
  isWaiting(id: string, toolName: string, input: unknown): boolean {
    return this.#asks.some((ask) => ask.toolUseId === id || isSameCall(ask, toolName, input));
  }

  get #rules() {
    const { allowed, denied } = this.#options;
    return { allowed, denied, sessionAllowed: this.#sessionAllowed, mode: this.#mode };
  }

  #call(tool: string, input: unknown) {
    return { tool, input, cwd: this.#cwd };
  }

  #askApproval(
    id: string,
    toolName: string,
    input: Record<string, unknown>,
    parent: string | undefined,
    carried: Ask | undefined,
    signal: AbortSignal,
  ) {
    const ask: Ask = carried ?? { kind: 'approval', id, toolUseId: id, toolName, input: this.#shownInput(id, toolName, input) };
    const pattern = suggestPattern(this.#call(toolName, input));
    return this.#open(ask, carried === undefined, signal, input, () => ({
      kind: 'approval_opened',
      tool_use_id: ask.id,
      tool_name: toolName,
      tool_input: ask.input,
      ...(pattern === undefined ? {} : { suggested_pattern: pattern }),
      ...(parent === undefined ? {} : { parent_tool_use_id: parent }),
    }));
  }

  async #askQuestion(id: string, input: Record<string, unknown>, carried: Ask | undefined, signal: AbortSignal): Promise<PermissionResult> {
    const questions = questionsOf(input);
    if (questions === undefined) return { behavior: 'deny', message: 'The questions could not be read: ask again in plain text.' };
    const name = questionId(this.#options.sessionId, id);
    const ask: Ask = carried ?? { kind: 'question', id: name, toolUseId: id, toolName: QUESTION_TOOL, input: questions };
    return this.#open(ask, carried === undefined, signal, input, () => ({
      kind: 'question_opened',
      question_id: ask.id,
      tool_use_id: ask.toolUseId,
      questions,
    }));
  }

  #open(
    ask: Ask,
    isNew: boolean,
    signal: AbortSignal,
    input: Record<string, unknown>,
    report: () => Parameters<Reporter['report']>[0],
  ): Promise<PermissionResult> {
    const { promise, resolve } = Promise.withResolvers<PermissionResult>();
    ask.resolve = (result) =>
      resolve(result.behavior === 'allow' && result.updatedInput === undefined ? { ...result, updatedInput: input } : result);
    if (isNew) {
      this.#asks.push(ask);
      this.#options.reporter.report(report());
    }
    // Claude Code no longer wants to know. If that is because it died, it will ask again; else the call's result settles it.
    signal.addEventListener('abort', () => resolve({ behavior: 'deny', message: 'Interrupted.' }), { once: true });
    if (ask.answer !== undefined) this.#apply(ask, ask.answer);
    return promise;
  }

  #reply(ask: Ask, answer: AskAnswer): void {
    ask.answer = answer;
    if (ask.resolve !== undefined) this.#apply(ask, answer);
  }

  #apply(ask: Ask, answer: AskAnswer): void {
    this.#asks = this.#asks.filter((open) => open !== ask);
    const result = this.#resultOf(ask, answer);
    // A plan that is approved twice does no harm.
    if (ask.kind === 'approval' && ask.toolName !== 'ExitPlanMode' && result.behavior === 'allow')
      this.#options.reporter.report({ kind: 'approval_handed_over', tool_use_id: ask.id });
    ask.resolve?.(result);
  }

  #resultOf(ask: Ask, answer: AskAnswer): PermissionResult {
    if (answer.kind === 'refused') return { behavior: 'deny', message: answer.message };
    if (answer.kind === 'answered') return { behavior: 'allow', updatedInput: answeredInput(this.#questionInput(ask), answer.answers) };
    const { updatedInput } = answer;
    // The hook has seen the call as the model made it, not as the user changed it.
    const verdict = updatedInput === undefined ? undefined : denies(this.#call(ask.toolName, updatedInput), this.#rules);
    if (verdict !== undefined) {
      this.#tellDenial(ask.toolUseId, ask.toolName, verdict);
      return { behavior: 'deny', message: verdict.reason };
    }
    if (ask.toolName === 'ExitPlanMode') this.#changeMode(this.#options.mode === 'bypassPermissions' ? 'bypassPermissions' : 'acceptEdits');
    return updatedInput === undefined ? { behavior: 'allow' } : { behavior: 'allow', updatedInput: { ...updatedInput } };
  }

  #questionInput(ask: Ask): Record<string, unknown> {
    const input = this.#inputs.get(ask.claimedBy ?? ask.toolUseId);
    return typeof input === 'object' && input !== null ? { ...input } : {};
  }

  /** For the rest of the session; settles what is open and now covered. */
  #allow(pattern: string): void {
    if (!this.#sessionAllowed.includes(pattern)) this.#sessionAllowed.push(pattern);
    for (const ask of this.#asks.filter(({ kind, answer }) => kind === 'approval' && answer === undefined)) {
      if (decide(this.#call(ask.toolName, ask.input), this.#rules).decision === 'allow') this.#settle(ask, true, 'rule');
    }
  }

  #settle(ask: Ask, approved: boolean, by: 'rule' | 'interrupted'): void {
    if (!this.#asks.includes(ask)) return;
    this.#asks = this.#asks.filter((open) => open !== ask);
    // One that was answered before it was asked again is settled for the server already.
    if (ask.answer === undefined) {
      if (ask.kind === 'question') this.#options.reporter.report({ kind: 'question_settled', question_id: ask.id, by: 'interrupted' });
      else this.#options.reporter.report({ kind: 'approval_settled', tool_use_id: ask.id, approved, by });
    }
    ask.resolve?.(approved ? { behavior: 'allow' } : { behavior: 'deny', message: 'The user interrupted the turn.' });
  }

  #changeMode(mode: PermissionMode): void {
    if (this.#mode === mode) return;
    this.#mode = mode;
    this.#options.reporter.report({ kind: 'mode_changed', permission_mode: mode });
  }

  /** The user sees a plan as the model wrote it: what is asked about may hold nothing of it. */
  #shownInput(id: string, toolName: string, input: Record<string, unknown>): unknown {
    const written = this.#inputs.get(id);
    const shown = toolName === 'ExitPlanMode' && typeof written === 'object' ? { ...written, ...input } : input;
    return fitInput(shown);
  }

  #tellDenial(toolUseId: string, toolName: string, { reason, rule }: Verdict): void {
    if (this.#toldDenials.has(toolUseId)) return;
    this.#toldDenials.add(toolUseId);
    const payload = {
      subtype: 'tool_denied',
      message: reason,
      tool_name: toolName,
      tool_use_id: toolUseId,
      ...(rule === undefined ? {} : { rule }),
    };
    this.#options.reporter.report({ kind: 'event', type: 'system', payload });
  }
}
