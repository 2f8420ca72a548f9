import type { CurrentPrompt, Report } from '@ai-sessions/protocol';
import { type TurnResult, turnError, turnFinished, turnInterrupted } from '../claude/turn-result.ts';

/**
 * One incarnation of a session, as a pure state machine. Its phases:
 *
 * - `starting`: Claude Code is being started, for the first time or after it died. A turn that is to run waits in `turn`.
 * - `idle`: it waits for a prompt.
 * - `working`: a turn runs: a prompt's, or one that Claude Code began by itself (`promptId` null).
 * - `interrupting`: the turn has been told to stop; its result is due, else the process is killed.
 * - `stopping`: the last: everything is being ended, and after that the last report is made.
 * - `gone`: nothing is left, nothing is said any more.
 */
export type Phase = 'starting' | 'idle' | 'working' | 'interrupting' | 'stopping' | 'gone';

export interface Turn {
  readonly promptId: string | null;
  /** Absent for a turn that Claude Code began by itself. */
  readonly prompt?: CurrentPrompt;
  /** Claude Code may have seen this prompt before: only what is missing of its turn may run. */
  readonly begun: boolean;
  /** Why it is to end early. `interrupt`: the user wants it; any other text is the error to show. */
  readonly stop?: { readonly kind: 'interrupt' } | { readonly kind: 'error'; readonly text: string };
}

export interface SessionState {
  readonly phase: Phase;
  readonly turn: Turn | null;
  readonly queue: readonly CurrentPrompt[];
  /** Prompts taken so far, against repeats. */
  readonly known: readonly string[];
  /** When Claude Code died, in ms; those of the last five minutes. */
  readonly deaths: readonly number[];
  readonly lastReport: Report | null;
}

/** How the turn in hand stands once Claude Code is up again. */
export type Resumption =
  | { readonly kind: 'none' }
  /** The prompt never arrived: it is to be handed over now. */
  | { readonly kind: 'resend' }
  /** Claude Code goes on with the turn by itself. */
  | { readonly kind: 'goes_on' }
  /** The turn was over; only its result was lost. */
  | { readonly kind: 'finished'; readonly text: string }
  /** It cannot be continued without risk of running it twice. */
  | { readonly kind: 'impossible'; readonly text: string };

export type SessionEvent =
  | { readonly type: 'started'; readonly resumption: Resumption }
  | { readonly type: 'prompt'; readonly prompt: CurrentPrompt }
  | { readonly type: 'interrupt'; readonly promptId: string | null }
  /** Claude Code began a turn that nobody asked for. */
  | { readonly type: 'turn_began' }
  /** `promptId`: whose turn it was, null for one of its own, undefined where Claude Code does not say. */
  | { readonly type: 'result'; readonly result: TurnResult; readonly promptId: string | null | undefined }
  /** Claude Code is through with the prompt; comes after its result, if there is one. `dropped`: its turn never began. */
  | { readonly type: 'prompt_closed'; readonly promptId: string; readonly dropped: boolean }
  /** Claude Code is idle. */
  | { readonly type: 'quiet' }
  | { readonly type: 'stalled'; readonly text: string }
  | { readonly type: 'interrupt_overdue' }
  | { readonly type: 'died'; readonly at: number; readonly exitCode: number | null; readonly why: string }
  | { readonly type: 'hibernate' }
  | { readonly type: 'end' }
  /** It cannot be brought up at all: no sandbox, no files. */
  | { readonly type: 'unable'; readonly why: string }
  | { readonly type: 'stopped' };

/** What is to be done about an event, in this order. */
export type Action =
  | { readonly do: 'report'; readonly report: Report }
  | { readonly do: 'start'; readonly recovering: boolean; readonly turn: Turn | null }
  | { readonly do: 'hand_over'; readonly prompt: CurrentPrompt }
  | { readonly do: 'interrupt' }
  | { readonly do: 'settle_asks' }
  | { readonly do: 'kill_claude' }
  /** End every process; `gently` lets Claude Code write what it has. */
  | { readonly do: 'stop'; readonly gently: boolean };

export interface Step {
  readonly state: SessionState;
  readonly actions: readonly Action[];
}

export const MAX_DEATHS = 3;
export const DEATHS_WITHIN_MS = 5 * 60 * 1000;
const KNOWN_PROMPTS = 1000;

/** The state before `begin`. */
export const newSession: SessionState = { phase: 'starting', turn: null, queue: [], known: [], deaths: [], lastReport: null };

/** The first step: starts Claude Code with the prompt, if any, whose turn it is. */
export function begin(prompt: CurrentPrompt | null): Step {
  const turn = prompt === null ? null : turnOf(prompt);
  const state = { ...newSession, turn, known: prompt === null ? [] : [prompt.prompt_id] };
  return { state, actions: [{ do: 'start', recovering: false, turn }] };
}

export function step(state: SessionState, event: SessionEvent): Step {
  if (state.phase === 'gone') return same(state);
  if (state.phase === 'stopping') return event.type === 'stopped' ? gone(state) : same(state);
  switch (event.type) {
    case 'started':
      return started(state, event.resumption);
    case 'prompt':
      return prompted(state, event.prompt);
    case 'interrupt':
      return interrupted(state, event.promptId);
    case 'turn_began':
      return state.phase === 'idle'
        ? { state: { ...state, phase: 'working', turn: { promptId: null, begun: true } }, actions: [] }
        : same(state);
    case 'result':
      return resulted(state, event.result, event.promptId);
    case 'prompt_closed':
      if (state.turn?.promptId !== event.promptId || !running(state)) return same(state);
      return endTurn(state, event.dropped ? turnInterrupted() : turnError('Claude Code ended the turn without a result.'));
    case 'quiet':
      return running(state) && state.turn?.promptId === null ? idle(state) : same(state);
    case 'stalled':
      return state.phase === 'working' ? stopTurn(state, { kind: 'error', text: event.text }) : same(state);
    case 'interrupt_overdue':
      return state.phase === 'interrupting' ? { state, actions: [{ do: 'kill_claude' }] } : same(state);
    case 'died':
      return died(state, event);
    case 'hibernate':
      return atRest(state) ? stopping(state, { kind: 'hibernated' }, state.phase === 'idle') : same(state);
    case 'end':
      return ended(state);
    case 'unable':
      return unable(state, event.why);
    case 'stopped':
      return same(state);
    default: {
      const unreachable: never = event;
      return unreachable;
    }
  }
}

function started(state: SessionState, resumption: Resumption): Step {
  if (state.phase !== 'starting') return same(state);
  const ready: Action = { do: 'report', report: { kind: 'ready', recovered: state.deaths.length > 0 } };
  const { turn } = state;
  const next = after({ state, actions: [ready] });
  // What was asked belongs to a turn: without one nobody waits for an answer.
  if (turn === null) return after({ state, actions: [ready, { do: 'settle_asks' }] })(idle);
  if (turn.stop !== undefined && resumption.kind !== 'goes_on') return next((now) => endAnnounced(now, turn, earlyEnd(turn)));
  switch (resumption.kind) {
    case 'none':
    case 'resend':
      return next((now) => handOver(now, turn));
    case 'goes_on':
      return next((now) => goOn({ ...now, phase: 'working' }, turn));
    case 'finished':
      return next((now) => endAnnounced(now, turn, turnFinished(resumption.text)));
    case 'impossible':
      return next((now) => endAnnounced(now, turn, turnError(resumption.text)));
    default: {
      const unreachable: never = resumption;
      return unreachable;
    }
  }
}

/** Ends a turn that never ran here. A prompt with a result has begun, be it only for that. */
function endAnnounced(state: SessionState, turn: Turn, result: TurnResult): Step {
  return after(announce(state, turn))((now) => endTurn(now, result));
}

function goOn(state: SessionState, turn: Turn): Step {
  const announced = announce(state, turn);
  return turn.stop === undefined ? announced : after(announced)((now) => stopTurn(now, turn.stop ?? { kind: 'interrupt' }));
}

function prompted(state: SessionState, prompt: CurrentPrompt): Step {
  if (state.known.includes(prompt.prompt_id)) return same(state);
  const known = [...state.known.slice(1 - KNOWN_PROMPTS), prompt.prompt_id];
  const now = { ...state, known };
  if (state.phase === 'idle') return handOver(now, turnOf(prompt));
  if (state.phase === 'starting' && state.turn === null) return same({ ...now, turn: turnOf(prompt) });
  return same({ ...now, queue: [...state.queue, prompt] });
}

function interrupted(state: SessionState, promptId: string | null): Step {
  const { turn } = state;
  if (turn === null || (promptId !== null && turn.promptId !== promptId)) return same(state);
  if (state.phase === 'starting') return same({ ...state, turn: { ...turn, stop: { kind: 'interrupt' } } });
  return state.phase === 'working' ? stopTurn(state, { kind: 'interrupt' }) : same(state);
}

function stopTurn(state: SessionState, stop: NonNullable<Turn['stop']>): Step {
  const turn = state.turn ?? { promptId: null, begun: true };
  return { state: { ...state, phase: 'interrupting', turn: { ...turn, stop } }, actions: [{ do: 'settle_asks' }, { do: 'interrupt' }] };
}

function resulted(state: SessionState, result: TurnResult, promptId: string | null | undefined): Step {
  const own = promptId === undefined ? (state.turn?.promptId ?? null) : promptId;
  if (running(state) && own === (state.turn?.promptId ?? null)) return endTurn(state, result);
  // The end of a turn of its own, into which no prompt of ours had gone.
  if (own === null) return { state, actions: [{ do: 'report', report: { kind: 'turn_ended', result: { ...result, prompt_id: null } } }] };
  return same(state);
}

function died(state: SessionState, { at, exitCode, why }: Extract<SessionEvent, { type: 'died' }>): Step {
  const deaths = [...state.deaths.filter((death) => at - death < DEATHS_WITHIN_MS), at];
  const now = { ...state, deaths };
  if (deaths.length > MAX_DEATHS) return crashed(now, exitCode, why);
  // A turn that was being stopped, or that nobody asked for, has nothing to be continued.
  const over = state.turn !== null && running(state) && (state.turn.stop !== undefined || state.turn.promptId === null);
  const told: Step = over ? { state: now, actions: [{ do: 'settle_asks' }, turnEnded(now, earlyEnd(state.turn))] } : same(now);
  return after(told)((was) => {
    const turn = over ? nextTurn(was) : was.turn && { ...was.turn, begun: was.turn.begun || running(was) };
    const queue = over ? was.queue.slice(1) : was.queue;
    return { state: { ...was, phase: 'starting', turn, queue }, actions: [recovered(why), { do: 'start', recovering: true, turn }] };
  });
}

function recovered(why: string): Action {
  const message = 'Claude Code ended unexpectedly and was started again in the same conversation.';
  return { do: 'report', report: { kind: 'event', type: 'system', payload: { subtype: 'recovered', message, why } } };
}

function unable(state: SessionState, why: string): Step {
  const { turn } = state;
  const last: Report = { kind: 'exited', why: 'unable', exit_code: null, error_message: why };
  const settled: Step = { state, actions: [{ do: 'settle_asks' }] };
  const told =
    turn === null
      ? settled
      : after(settled)((now) =>
          after(announce(now, turn))((was) => ({ state: was, actions: [turnEnded(was, turn.stop ? earlyEnd(turn) : turnError(why))] })),
        );
  return after(told)((now) => stopping(now, last, false));
}

function crashed(state: SessionState, exitCode: number | null, why: string): Step {
  const { turn } = state;
  const over: Action[] = turn?.begun
    ? [turnEnded(state, turn.stop ? earlyEnd(turn) : turnError(`Claude Code ended unexpectedly. ${why}`))]
    : [];
  const last: Report = { kind: 'exited', why: 'crashed', exit_code: exitCode, error_message: why };
  return after({ state, actions: [{ do: 'settle_asks' }, ...over] })((now) => stopping(now, last, false));
}

function ended(state: SessionState): Step {
  const last: Report = { kind: 'exited', why: 'ended', exit_code: null, error_message: null };
  const over: Action[] = state.turn?.begun ? [turnEnded(state, turnInterrupted())] : [];
  return after({ state, actions: [{ do: 'settle_asks' }, ...over] })((now) => stopping(now, last, state.phase === 'idle'));
}

function stopping(state: SessionState, lastReport: Report, gently: boolean): Step {
  return { state: { ...state, phase: 'stopping', turn: null, queue: [], lastReport }, actions: [{ do: 'stop', gently }] };
}

function gone(state: SessionState): Step {
  const actions: Action[] = state.lastReport === null ? [] : [{ do: 'report', report: state.lastReport }];
  return { state: { ...state, phase: 'gone' }, actions };
}

/** Ends the running turn and begins the next one, if a prompt waits. */
function endTurn(state: SessionState, told: TurnResult): Step {
  const { turn } = state;
  const clean = told.subtype === 'success' && !told.is_error;
  const result = turn?.stop === undefined || clean ? told : earlyEnd(turn, told);
  const actions: Action[] = [{ do: 'settle_asks' }, turnEnded(state, result)];
  return after({ state, actions })(idle);
}

function idle(state: SessionState): Step {
  const [prompt, ...queue] = state.queue;
  if (prompt !== undefined) return handOver({ ...state, queue }, turnOf(prompt));
  return same({ ...state, phase: 'idle', turn: null });
}

function handOver(state: SessionState, turn: Turn): Step {
  if (turn.prompt === undefined) return idle(state);
  const { prompt } = turn;
  const announced = announce({ ...state, phase: 'working' }, turn);
  return { state: announced.state, actions: [...announced.actions, { do: 'hand_over', prompt }] };
}

/** Says that the turn has begun, unless an earlier incarnation has said so. */
function announce(state: SessionState, turn: Turn): Step {
  const { prompt } = turn;
  const begun = { ...state, turn: { ...turn, begun: true } };
  if (prompt === undefined || turn.begun) return same(begun);
  const content = [{ type: 'text', text: prompt.text }];
  return { state: begun, actions: [{ do: 'report', report: { kind: 'prompt_started', prompt_id: prompt.prompt_id, content } }] };
}

function nextTurn(state: SessionState): Turn | null {
  return state.queue[0] === undefined ? null : turnOf(state.queue[0]);
}

function turnOf(prompt: CurrentPrompt): Turn {
  return { promptId: prompt.prompt_id, prompt, begun: prompt.interrupted };
}

function earlyEnd(turn: Turn | null, told?: TurnResult): TurnResult {
  const { stop } = turn ?? {};
  if (stop?.kind === 'error') return { ...(told ?? turnError(stop.text)), ...pick(turnError(stop.text)) };
  return stop === undefined ? turnError('Claude Code ended unexpectedly.') : turnInterrupted(told);
}

function pick({ subtype, is_error, success, result, summary }: TurnResult): Partial<TurnResult> {
  return { subtype, is_error, success, result, summary };
}

function turnEnded(state: SessionState, result: TurnResult): Action {
  return { do: 'report', report: { kind: 'turn_ended', result: { ...result, prompt_id: state.turn?.promptId ?? null } } };
}

/** Nothing runs or waits to be run. */
function atRest({ phase, turn, queue }: SessionState): boolean {
  return phase === 'idle' || (phase === 'starting' && turn === null && queue.length === 0);
}

function running({ phase }: SessionState): boolean {
  return phase === 'working' || phase === 'interrupting';
}

function same(state: SessionState): Step {
  return { state, actions: [] };
}

function after({ state, actions }: Step): (next: (state: SessionState) => Step) => Step {
  return (next) => {
    const following = next(state);
    return { state: following.state, actions: [...actions, ...following.actions] };
  };
}
