import type { CurrentPrompt, LinkFrame, SessionSpec, TerminalCommand } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { ClaudeProcess } from '../claude/claude-process.ts';
import { Permissions } from '../claude/permissions.ts';
import { pluginFolders } from '../claude/plugins.ts';
import { promptUuid, uuidFor } from '../claude/prompt-uuid.ts';
import { StallWatchdog } from '../claude/stall-watchdog.ts';
import { describeOutcome } from '../process/exit-outcome.ts';
import { redactKeys } from '../process/redact-keys.ts';
import type { McpServers } from '../mcp/mcp-servers.ts';
import { EgressReports } from '../egress/egress-reports.ts';
import type { Reporter } from '../reporter.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { Terminals } from '../terminal/terminals.ts';
import { readClaudeMd } from '../workspace/claude-md.ts';
import { checkedReporter } from './checked-reporter.ts';
import { connectMcp } from './session-mcp.ts';
import type { ClaudeLaunch } from './claude-launch.ts';
import { ClaudeListener } from './claude-listener.ts';
import { limitReport } from './limit-report.ts';
import { Lodging, type SessionHosting } from './lodging.ts';
import type { Place } from './place.ts';
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
import { TurnLedger } from './turn-ledger.ts';

export type ApprovalCommand = Extract<LinkFrame, { type: 'approval' }>;
export type QuestionCommand = Extract<LinkFrame, { type: 'question' }>;

const CONTINUE = 'Continue from where you left off.';
/** How long Claude Code has to tell the result of a turn it was told to stop. */
const INTERRUPT_PATIENCE_MS = 6000;

/**
 * One incarnation of a session: a sandbox, the Claude Code in it and its way to the model, from `assign` to the last
 * report. What is to happen is decided by `session-state.ts`; this carries it out.
 */
export class Incarnation implements AsyncDisposable {
  readonly #spec: SessionSpec;
  readonly #hosting: SessionHosting;
  readonly #folder: SessionFolder;
  readonly #reporter: Reporter;
  readonly #log: Logger;
  readonly #gone = Promise.withResolvers<void>();
  readonly #permissions: Permissions;
  readonly #listener: ClaudeListener;
  readonly #ledger = new TurnLedger();
  readonly #egress: EgressReports;
  readonly #watchdog: StallWatchdog;
  readonly #terminals: Terminals;
  readonly #placed = Promise.withResolvers<Place>();
  readonly #lodging: Lodging;
  #state: SessionState = newSession;
  #gatewayToken: string;
  #claude: ClaudeProcess | undefined;
  #mcp: McpServers | undefined;
  #interruptTimer: NodeJS.Timeout | undefined;
  #starts = 0;
  /** The start whose process is listened to; 0: none. */
  #heard = 0;

  constructor(spec: SessionSpec, folder: SessionFolder, reporter: Reporter, hosting: SessionHosting, log: Logger) {
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
    for (const call of spec.prompt?.calls ?? []) this.#ledger.called(call);
    this.#listener = new ClaudeListener({
      permissions: this.#permissions,
      reporter: this.#reporter,
      ledger: this.#ledger,
      toldTools: spec.pending.map((ask) => ask.tool_use_id),
      currentPrompt: () => this.#state.turn?.promptId ?? null,
      onEvent: (event) => this.#on(event),
      onConversation: (now) => folder.conversationChanged(spec.claude_session_id, now),
    });
    this.#lodging = new Lodging({ spec, folder, hosting, gatewayToken: () => this.#gatewayToken, log });
    this.#egress = new EgressReports(this.#reporter, hosting.now);
    this.#watchdog = new StallWatchdog(hosting.stall, (seconds) => this.#on({ type: 'stalled', text: stallText(seconds) }));
    const { serverUrl, token } = hosting;
    this.#terminals = new Terminals({ serverUrl, token, spec, sandbox: () => this.sandbox(), log });
  }

  get epoch(): number {
    return this.#spec.epoch;
  }

  /** It is being ended, or has been. */
  get ending(): boolean {
    return this.#over;
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

  /** Resolves when it has its place; never, where that cannot be had. */
  async sandbox(): Promise<Sandbox> {
    return (await this.#placed.promise).sandbox;
  }

  terminal(command: TerminalCommand): void {
    void this.#terminals.serve(command);
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
      using _turn = await this.#lodging.turn();
      if (this.#over) return;
      const { warm } = this.#lodging;
      const place = await this.#lodging.open();
      this.#permissions.placeAt(place.paths.workspace);
      place.egress.bind(this.#spec.network, this.#egress);
      place.sandbox.onLimit((hit) => this.#reporter.report({ kind: 'event', type: 'system', payload: limitReport(hit) }));
      this.#placed.resolve(place);
      const sandboxMs = Math.round(performance.now() - began);
      if (this.#over) return;
      const conversationId = this.#folder.conversationOf(this.#spec.claude_session_id);
      // Read at each start: both change with the work.
      const [plan, claudeMd] = await Promise.all([this.#plan(place, conversationId, turn), readClaudeMd(place.paths.hostWorkspace)]);
      if (this.#over) return;
      if (!plan.resume) this.#tellLostConversation();
      const launched = await this.#launch(place, plan, claudeMd, { id: conversationId, resume: plan.resume }, turn);
      if (launched)
        this.#log.info({ sandboxMs, readyMs: Math.round(performance.now() - began), resumed: plan.resume, warm }, 'Claude Code is up');
    } catch (error) {
      this.#log.error({ err: error }, 'a session cannot be started');
      this.#on({ type: 'unable', why: `The session could not be started: ${redactKeys(startTrouble(error))}.` });
    }
  }

  #plan(place: Place, conversationId: string, turn: Turn | null): Promise<ResumePlan> {
    const permissions = this.#permissions;
    const { runningTools, acted, calls } = this.#ledger;
    const waited = runningTools.size > 0 && [...runningTools].every((id) => permissions.isWaiting(id, '', undefined));
    return planResume({
      hostHome: place.paths.hostHome,
      conversationId,
      promptId: turn?.promptId ?? null,
      begun: turn?.begun ?? false,
      calls,
      acted: acted || (runningTools.size > 0 && !waited),
      isWaiting: (call) => permissions.isWaiting(call.id, call.name, call.input),
    });
  }

  /** The transcript should have been here. Not told of a first prompt that was cut before it was written. */
  #tellLostConversation(): void {
    if (!this.#spec.resume || this.#starts > 0 || this.#spec.prompt?.interrupted === true) return;
    const message = 'The earlier conversation is not on this machine: Claude begins anew, with the files of the workspace as they are.';
    this.#reporter.report({ kind: 'event', type: 'system', payload: { subtype: 'conversation_lost', message } });
  }

  /** False: it ended before it was up, or is no longer wanted. */
  async #launch(
    place: Place,
    plan: ResumePlan,
    claudeMd: string | undefined,
    conversation: { id: string; resume: boolean },
    turn: Turn | null,
  ): Promise<boolean> {
    const continueTurn = plan.continueTurn && turn?.stop === undefined;
    this.#listener.processStarts();
    this.#ledger.processStarts(turn?.promptId ?? null);
    this.#starts += 1;
    this.#mcp ??= connectMcp(
      this.#spec,
      this.#hosting.plugins,
      place,
      (servers, message) => this.#over || this.#reporter.report({ kind: 'mcp_status', servers, message }),
    );
    const start = this.#starts;
    this.#heard = start;
    const own = (): boolean => this.#heard === start;
    const launch: ClaudeLaunch = {
      spec: this.#spec,
      place,
      mcp: this.#mcp,
      plugins: pluginFolders(this.#hosting.plugins, this.#spec.plugins).map((folder) => place.sandbox.inside(folder)),
      permissions: this.#permissions,
      conversation,
      continueTurn,
      claudeMd,
      onMessage: (message) => {
        if (!own()) return undefined;
        this.#listener.hear(message);
        this.#watch();
        return this.#room();
      },
      onEnd: (outcome) => own() && this.#died(outcome.exitCode, describeOutcome(outcome)),
    };
    const claude = await this.#lodging.bringUp(launch);
    if (!own()) {
      claude.kill();
      return false;
    }
    this.#claude = claude;
    const ready = await claude.ready();
    if (ready === undefined || !own()) return false;
    const resumption: Resumption = continueTurn || plan.resumption.kind !== 'goes_on' ? plan.resumption : { kind: 'none' };
    this.#on({ type: 'started', resumption });
    if (continueTurn && !ready.working && this.#state.phase === 'working' && turn?.promptId) {
      // Claude Code saw nothing to go on with: it is told to.
      this.#send(CONTINUE, uuidFor(`continue:${turn.promptId}:${this.#spec.epoch}:${this.#starts}`), turn.promptId);
    }
    return true;
  }

  #send(text: string, uuid: ReturnType<typeof uuidFor>, promptId: string): void {
    this.#ledger.sent(uuid, promptId);
    this.#claude?.send(text, uuid);
  }

  #interrupt(): void {
    clearTimeout(this.#interruptTimer);
    this.#interruptTimer = setTimeout(() => this.#on({ type: 'interrupt_overdue' }), INTERRUPT_PATIENCE_MS);
    void this.#claude?.interrupt();
  }

  #turnEnded(): void {
    clearTimeout(this.#interruptTimer);
    this.#permissions.turnEnded();
    this.#ledger.turnEnded();
  }

  #died(exitCode: number | null, how: string): void {
    clearTimeout(this.#interruptTimer);
    this.#claude = undefined;
    this.#heard = 0;
    this.#permissions.processEnded();
    this.#ledger.processEnded();
    if (this.#over) return;
    this.#log.warn({ how }, 'Claude Code ended unexpectedly');
    this.#on({ type: 'died', at: this.#hosting.now(), exitCode, why: `Claude Code ${how}` });
  }

  /** Resolves when what Claude Code says next can be kept; undefined while it can. */
  #room(): Promise<void> | undefined {
    const { room } = this.#reporter;
    if (room === undefined) return undefined;
    // Nothing is heard because nobody listens.
    this.#watchdog.heard('nothing');
    return room.then(() => this.#watch());
  }

  /** Tells the watchdog what the session waits for now. */
  #watch(): void {
    if (this.#state.phase !== 'working' || this.#permissions.waiting) this.#watchdog.heard('nothing');
    else this.#watchdog.heard(this.#ledger.runningTools.size > 0 ? 'tool' : 'model');
  }

  async #tearDown(gently: boolean): Promise<void> {
    clearTimeout(this.#interruptTimer);
    this.#watchdog[Symbol.dispose]();
    const claude = this.#claude;
    this.#claude = undefined;
    this.#heard = 0;
    try {
      if (gently) await claude?.close();
      else claude?.kill();
      await Promise.all([this.#lodging[Symbol.asyncDispose](), this.#mcp?.[Symbol.asyncDispose](), this.#terminals[Symbol.asyncDispose]()]);
      await claude?.ended;
      this.#egress[Symbol.dispose]();
    } catch (error) {
      this.#log.error({ err: error }, 'something of a session is left');
      this.#hosting.leftovers.add(this.#lodging, this.#spec.session_id);
    }
    this.#on({ type: 'stopped' });
    this.#gone.resolve();
  }

  get #over(): boolean {
    return this.#state.phase === 'stopping' || this.#state.phase === 'gone';
  }
}

function startTrouble(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && error.code === 'ENOSPC' ? 'the disk of its machine is full' : error.message.replace(/\.$/, '');
}

function stallText(seconds: number): string {
  return `Nothing was heard from Claude for ${seconds} seconds, so the turn was stopped. Send the prompt again.`;
}
