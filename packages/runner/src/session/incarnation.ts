import type { CurrentPrompt, LinkFrame, SessionSpec } from '@ai-sessions/protocol';
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import type { Logger } from 'pino';
import { type ClaudeBinary, binaryMount } from '../claude/claude-binary.ts';
import { claudeEnvironment } from '../claude/claude-environment.ts';
import { ClaudeProcess } from '../claude/claude-process.ts';
import { launchOptions } from '../claude/launch-options.ts';
import { Permissions } from '../claude/permissions.ts';
import { promptUuid, uuidFor } from '../claude/prompt-uuid.ts';
import { sessionPrompt } from '../claude/session-prompt.ts';
import { type StallLimits, StallWatchdog } from '../claude/stall-watchdog.ts';
import { type Translated, Translator } from '../claude/translate.ts';
import { ModelSocket } from '../model-socket/model-socket.ts';
import { describeOutcome } from '../process/exit-outcome.ts';
import { redactKeys } from '../process/redact-keys.ts';
import type { Sandbox, SandboxDriver } from '../sandbox/sandbox.ts';
import type { SandboxLimits } from '../sandbox/sandbox-limits.ts';
import { readClaudeMd } from '../workspace/claude-md.ts';
import type { Reporter } from '../reporter.ts';
import { checkedReporter } from './checked-reporter.ts';
import { planResume, type ResumePlan } from './resume-turn.ts';
import type { SessionFolder } from './session-folder.ts';
import {
  type Action,
  begin,
  newSession,
  type Resumption,
  type SessionEvent,
  type SessionState,
  type Step,
  step,
  type Turn,
} from './session-state.ts';

export interface Hosting {
  readonly driver: SandboxDriver;
  readonly limits: SandboxLimits;
  readonly binary: ClaudeBinary;
  readonly serverUrl: string;
  readonly stall: StallLimits;
  readonly now: () => number;
}

export type ApprovalCommand = Extract<LinkFrame, { type: 'approval' }>;
export type QuestionCommand = Extract<LinkFrame, { type: 'question' }>;

const CONTINUE = 'Continue from where you left off.';
/** How long Claude Code has to tell the result of a turn it was told to stop. */
const INTERRUPT_PATIENCE_MS = 6000;
/** Results come soon after their messages: what is older is of no use. */
const REMEMBERED_MESSAGES = 100;

/**
 * One incarnation of a session: a sandbox, the Claude Code in it and its way to the model, from `assign` to the last
 * report. What is to happen is decided by `session-state.ts`; this carries it out.
 */
export class Incarnation implements AsyncDisposable {
  readonly #spec: SessionSpec;
  readonly #hosting: Hosting;
  readonly #folder: SessionFolder;
  readonly #reporter: Reporter;
  readonly #log: Logger;
  readonly #gone = Promise.withResolvers<void>();
  readonly #permissions: Permissions;
  readonly #translator: Translator;
  readonly #watchdog: StallWatchdog;
  #state: SessionState = newSession;
  #gatewayToken: string;
  #place: Promise<Place> | undefined;
  #claude: ClaudeProcess | undefined;
  #interruptTimer: NodeJS.Timeout | undefined;
  /** User messages of the present process, by their UUID: whose turn they are. */
  readonly #messages = new Map<string, string>();
  /** Calls of the turn that have no result yet. */
  readonly #runningTools = new Set<string>();
  #actedInTurn = false;
  #spentUsd = 0;
  #processSpentUsd = 0;
  #starts = 0;

  constructor(spec: SessionSpec, folder: SessionFolder, reporter: Reporter, hosting: Hosting, log: Logger) {
    this.#spec = spec;
    this.#folder = folder;
    this.#reporter = checkedReporter(reporter, log);
    this.#hosting = hosting;
    this.#log = log;
    this.#gatewayToken = spec.gateway_token;
    this.#permissions = new Permissions({
      sessionId: spec.session_id,
      allowed: spec.allowed_tools,
      denied: spec.denied_tools,
      sessionAllowed: spec.session_allowed_tools,
      mode: spec.permission_mode,
      pending: spec.pending,
      reporter: this.#reporter,
    });
    this.#translator = new Translator(
      this.#permissions.nameOf,
      spec.pending.map((ask) => ask.tool_use_id),
    );
    this.#watchdog = new StallWatchdog(hosting.stall, (seconds) => this.#on({ type: 'stalled', text: stallText(seconds) }));
  }

  get epoch(): number {
    return this.#spec.epoch;
  }

  /** Resolves when nothing of it is left. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  start(): void {
    this.#take(begin(this.#spec.prompt));
  }

  prompt(prompt: CurrentPrompt): void {
    this.#on({ type: 'prompt', prompt });
  }

  interrupt(promptId: string | null): void {
    this.#on({ type: 'interrupt', promptId });
  }

  approval(command: ApprovalCommand): void {
    this.#permissions.replyApproval(command);
    this.#watch();
  }

  question(command: QuestionCommand): void {
    this.#permissions.replyQuestion(command.question_id, command.answers, command.message);
    this.#watch();
  }

  gatewayToken(token: string): void {
    this.#gatewayToken = token;
  }

  hibernate(): void {
    this.#on({ type: 'hibernate' });
  }

  end(): void {
    this.#on({ type: 'end' });
  }

  /** The runner itself ends: tells that the session is free for another, its turn unfinished. */
  async lose(): Promise<void> {
    if (this.#over) return this.gone;
    this.#state = {
      ...this.#state,
      phase: 'stopping',
      lastReport: { kind: 'exited', why: 'lost', exit_code: null, error_message: 'The runner was stopped.' },
    };
    await this.#tearDown(this.#state.turn === null);
  }

  /** Ends everything without another report: it is no longer ours. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state.phase !== 'gone') {
      this.#state = { ...this.#state, phase: 'gone', lastReport: null };
      await this.#tearDown(false);
    }
    await this.gone;
  }

  #on(event: SessionEvent): void {
    this.#take(step(this.#state, event));
  }

  #take({ state, actions }: Step): void {
    this.#state = state;
    for (const action of actions) this.#do(action);
    this.#watch();
  }

  #do(action: Action): void {
    switch (action.do) {
      case 'report':
        if (action.report.kind === 'turn_ended') this.#turnEnded();
        return this.#reporter.report(action.report);
      case 'start':
        return void this.#start(action.turn);
      case 'hand_over':
        return this.#send(action.prompt.text, promptUuid(action.prompt.prompt_id), action.prompt.prompt_id);
      case 'interrupt':
        return this.#interrupt();
      case 'settle_asks':
        return this.#permissions.settleAll();
      case 'kill_claude':
        return this.#claude?.kill();
      case 'stop':
        return void this.#tearDown(action.gently);
      default: {
        const unreachable: never = action;
        return unreachable;
      }
    }
  }

  async #start(turn: Turn | null): Promise<void> {
    const began = performance.now();
    try {
      const place = await (this.#place ??= this.#prepare());
      const sandboxMs = Math.round(performance.now() - began);
      if (this.#over) return;
      const conversationId = this.#folder.conversationOf(this.#spec.claude_session_id);
      const permissions = this.#permissions;
      const waited = this.#runningTools.size > 0 && [...this.#runningTools].every((id) => permissions.isWaiting(id, '', undefined));
      // Read at each start: both change with the work.
      const [plan, claudeMd] = await Promise.all([
        planResume({
          hostHome: place.sandbox.paths.hostHome,
          conversationId,
          promptId: turn?.promptId ?? null,
          begun: turn?.begun ?? false,
          acted: this.#actedInTurn || (this.#runningTools.size > 0 && !waited),
          isWaiting: (call) => permissions.isWaiting(call.id, call.name, call.input),
        }),
        readClaudeMd(place.sandbox.paths.hostWorkspace),
      ]);
      if (this.#over) return;
      if (!plan.resume) this.#tellLostConversation();
      const launched = await this.#launch(place, plan, claudeMd, { id: conversationId, resume: plan.resume }, turn);
      if (launched)
        this.#log.info({ sandboxMs, readyMs: Math.round(performance.now() - began), resumed: plan.resume }, 'Claude Code is up');
    } catch (error) {
      this.#log.error({ err: error }, 'a session cannot be started');
      this.#on({
        type: 'unable',
        why: `The session could not be started: ${redactKeys(error instanceof Error ? error.message : String(error))}`,
      });
    }
  }

  /** The transcript should have been here. Not told of a first prompt that was cut before it was written. */
  #tellLostConversation(): void {
    if (!this.#spec.resume || this.#starts > 0 || this.#spec.prompt?.interrupted === true) return;
    const message = 'The earlier conversation is not on this machine: Claude begins anew, with the files of the workspace as they are.';
    this.#reporter.report({ kind: 'event', type: 'system', payload: { subtype: 'conversation_lost', message } });
  }

  /** The sandbox and its way to the model: made once, used by every process of this incarnation. */
  async #prepare(): Promise<Place> {
    const { driver, limits, binary, serverUrl } = this.#hosting;
    const mount = binaryMount(binary);
    const sandbox = await driver.create({ sessionId: this.#spec.session_id, root: this.#folder.path, limits, readOnlyMounts: [mount] });
    try {
      const address = sandbox.socketAddress('model.sock');
      const modelSocket = await ModelSocket.listen({ path: address.host, serverUrl, token: () => this.#gatewayToken, log: this.#log });
      await sandbox.adopt(address.host);
      this.#permissions.placeAt(sandbox.paths.workspace);
      return { sandbox, modelSocket, modelAddress: address.inside, program: sandbox.inside(binary.path) };
    } catch (error) {
      await sandbox.kill();
      throw error;
    }
  }

  async #launch(
    place: Place,
    plan: ResumePlan,
    claudeMd: string | undefined,
    conversation: { id: string; resume: boolean },
    turn: Turn | null,
  ): Promise<boolean> {
    const { sandbox } = place;
    const permissions = this.#permissions;
    const isolated = this.#hosting.driver.kind !== 'none';
    const { workspace, home } = sandbox.paths;
    const continueTurn = plan.continueTurn && turn?.stop === undefined;
    const env = claudeEnvironment({
      spec: this.#spec,
      home,
      modelSocket: place.modelAddress,
      isolated,
      continueTurn,
      ...(isolated ? {} : { temporary: home }),
    });
    const options = launchOptions({
      spec: this.#spec,
      conversation,
      mode: permissions.mode,
      isolated,
      cwd: workspace,
      program: place.program,
      env,
      prompt: sessionPrompt({ workspace, claudeMd, suffix: this.#spec.system_prompt_suffix }),
      canUseTool: permissions.canUseTool,
      preToolUse: permissions.preToolUse,
    });
    this.#translator.restart();
    this.#messages.clear();
    this.#runningTools.clear();
    this.#starts += 1;
    if (turn?.promptId) this.#messages.set(promptUuid(turn.promptId), turn.promptId);
    const claude = ClaudeProcess.start({
      options,
      spawn: (command, args, given, signal) => sandbox.spawn(command, args, { env: given, cwd: workspace, signal }),
      onMessage: (message) => this.#claude === claude && this.#heard(message),
      onEnd: (outcome) => this.#claude === claude && this.#died(outcome.exitCode, describeOutcome(outcome)),
    });
    this.#claude = claude;
    const ready = await claude.ready();
    if (ready === undefined || this.#claude !== claude) return false;
    const resumption: Resumption = continueTurn || plan.resumption.kind !== 'goes_on' ? plan.resumption : { kind: 'none' };
    this.#on({ type: 'started', resumption });
    if (continueTurn && !ready.working && this.#state.phase === 'working' && turn?.promptId) {
      // Claude Code saw nothing to go on with: it is told to.
      this.#send(CONTINUE, uuidFor(`continue:${turn.promptId}:${this.#spec.epoch}:${this.#starts}`), turn.promptId);
    }
    return true;
  }

  #send(text: string, uuid: ReturnType<typeof uuidFor>, promptId: string): void {
    const [oldest] = this.#messages.keys();
    if (oldest !== undefined && this.#messages.size >= REMEMBERED_MESSAGES) this.#messages.delete(oldest);
    this.#messages.set(uuid, promptId);
    this.#claude?.send(text, uuid);
  }

  #interrupt(): void {
    clearTimeout(this.#interruptTimer);
    this.#interruptTimer = setTimeout(() => this.#on({ type: 'interrupt_overdue' }), INTERRUPT_PATIENCE_MS);
    void this.#claude?.interrupt();
  }

  #heard(message: SDKMessage): void {
    for (const told of this.#translator.translate(message)) this.#tell(told);
    this.#watch();
  }

  #tell(told: Translated): void {
    switch (told.kind) {
      case 'live':
        return this.#reporter.live(told.live);
      case 'report':
        return this.#reporter.report(told.report);
      case 'result':
        return this.#resulted(told);
      case 'activity':
        if (told.activity === 'running') return this.#on({ type: 'turn_began' });
        return told.activity === 'idle' ? this.#on({ type: 'quiet' }) : undefined;
      case 'mode':
        return this.#permissions.noteNativeMode(told.mode);
      case 'command':
        return this.#commandEnded(told.uuid, told.state);
      case 'tool':
        return this.#toolUsed(told);
      case 'agent':
        return this.#permissions.noteAgent(told.agentId, told.toolUseId);
      case 'message_end':
        return this.#permissions.messageEnded(told.usedTools && !told.delegated);
      case 'conversation':
        return this.#folder.conversationChanged(this.#spec.claude_session_id, told.conversationId);
      default: {
        const unreachable: never = told;
        return unreachable;
      }
    }
  }

  #resulted({ result, promptUuids }: Extract<Translated, { kind: 'result' }>): void {
    this.#processSpentUsd = result.total_cost_usd;
    const whose = promptUuids.flatMap((uuid) => this.#messages.get(uuid) ?? []);
    const promptId = promptUuids.length === 0 ? undefined : (whose.find((id) => id === this.#state.turn?.promptId) ?? whose[0] ?? null);
    this.#on({ type: 'result', result: { ...result, total_cost_usd: this.#spentUsd + result.total_cost_usd }, promptId });
  }

  #commandEnded(uuid: string, state: string): void {
    const promptId = this.#messages.get(uuid);
    if (promptId === undefined || (state !== 'completed' && state !== 'cancelled')) return;
    this.#on({ type: 'prompt_closed', promptId, dropped: state === 'cancelled' });
  }

  #toolUsed({ toolUseId, parentToolUseId, done }: Extract<Translated, { kind: 'tool' }>): void {
    this.#permissions.noteTool(toolUseId, parentToolUseId, done);
    if (done) this.#runningTools.delete(toolUseId);
    else this.#runningTools.add(toolUseId);
    if (done) this.#actedInTurn = true;
  }

  #turnEnded(): void {
    clearTimeout(this.#interruptTimer);
    this.#permissions.turnEnded();
    this.#runningTools.clear();
    this.#actedInTurn = false;
  }

  #died(exitCode: number | null, how: string): void {
    clearTimeout(this.#interruptTimer);
    this.#claude = undefined;
    this.#permissions.processEnded();
    this.#spentUsd += this.#processSpentUsd;
    this.#processSpentUsd = 0;
    if (this.#over) return;
    this.#log.warn({ how }, 'Claude Code ended unexpectedly');
    this.#on({ type: 'died', at: this.#hosting.now(), exitCode, why: `Claude Code ${how}` });
  }

  /** Tells the watchdog what the session waits for now. */
  #watch(): void {
    if (this.#state.phase !== 'working' || this.#permissions.waiting) this.#watchdog.heard('nothing');
    else this.#watchdog.heard(this.#runningTools.size > 0 ? 'tool' : 'model');
  }

  async #tearDown(gently: boolean): Promise<void> {
    clearTimeout(this.#interruptTimer);
    this.#watchdog[Symbol.dispose]();
    const claude = this.#claude;
    this.#claude = undefined;
    try {
      if (gently) await claude?.close();
      else claude?.kill();
      const place = await this.#place?.catch(() => undefined);
      await Promise.all([place?.sandbox.kill(), place?.modelSocket[Symbol.asyncDispose]()]);
      await claude?.ended;
    } catch (error) {
      this.#log.error({ err: error }, 'something of a session is left');
    }
    this.#on({ type: 'stopped' });
    this.#gone.resolve();
  }

  get #over(): boolean {
    return this.#state.phase === 'stopping' || this.#state.phase === 'gone';
  }
}

interface Place {
  readonly sandbox: Sandbox;
  readonly modelSocket: ModelSocket;
  /** Inside path of the socket. */
  readonly modelAddress: string;
  /** Inside path of Claude Code. */
  readonly program: string;
}

function stallText(seconds: number): string {
  return `Nothing was heard from Claude for ${seconds} seconds, so the turn was stopped. Send the prompt again.`;
}
