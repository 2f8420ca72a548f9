import type { NewEvent } from '@ai-sessions/protocol';
import { attendance, resolveApproval, resolveQuestion } from './session-asks.ts';
import type { LedgerChange } from './egress-ledger.ts';
import { Draft, done, refused } from './session-draft.ts';
import { end } from './session-end.ts';
import { assign, lose, serverStarted } from './session-ownership.ts';
import { cancelPrompt, enqueue, interrupt, prompt } from './session-prompts.ts';
import { recordLateReports, recordReports } from './session-reports.ts';
import { type Command, type Effect, type Outcome, type SessionState, type TransitionContext, activityOf, isLive } from './session-state.ts';
import { tick } from './session-timers.ts';
import { addUsage } from './session-turns.ts';
import { used, wake } from './session-use.ts';
import { countUptime } from './session-uptime.ts';

export interface Transition {
  readonly state: SessionState;
  /** Events to append, in order; `state.last_seq` counts them already. */
  readonly events: readonly NewEvent[];
  readonly effects: readonly Effect[];
  /** What it writes into the egress ledger, in order. */
  readonly ledger: readonly LedgerChange[];
  readonly outcome: Outcome;
}

/** The session state machine: pure, deterministic, total. A refused command changes nothing. */
export function transition(state: SessionState, command: Command, context: TransitionContext): Transition {
  const draft = new Draft(state, context);
  const outcome = handle(draft, command);
  if (!outcome.ok) return { state, events: [], effects: [], ledger: [], outcome };
  countUptime(draft, state);
  return { state: draft.state, events: draft.events, effects: draft.effects, ledger: draft.ledger, outcome };
}

/** Whether viewers need a new `session_status` after this transition. */
export function liveStateChanged(before: SessionState, after: SessionState): boolean {
  return (
    before.status !== after.status ||
    before.prompts !== after.prompts ||
    before.asks !== after.asks ||
    activityOf(before) !== activityOf(after)
  );
}

function handle(draft: Draft, command: Command): Outcome {
  const { state } = draft;
  switch (command.kind) {
    case 'create':
      return create(draft, command);
    case 'prompt':
      return prompt(draft, command);
    case 'cancel_prompt':
      return cancelPrompt(draft, command.promptId);
    case 'interrupt':
      return interrupt(draft);
    case 'resolve_approval':
      return resolveApproval(draft, command);
    case 'resolve_question':
      return resolveQuestion(draft, command);
    case 'update':
      if (command.maxBudgetUsd !== undefined && !isLive(state)) return refused('session_not_running');
      if (command.name !== undefined) draft.set({ name: command.name });
      if (command.maxBudgetUsd !== undefined) draft.set({ settings: { ...state.settings, max_budget_usd: command.maxBudgetUsd } });
      return done;
    case 'terminate':
      if (isLive(state)) end(draft, command.reason, command.message ?? null, null);
      return done;
    case 'assign':
      return assign(draft, command.runnerId);
    case 'reports':
      return recordReports(draft, command);
    case 'late_reports':
      return recordLateReports(draft, command);
    case 'lost':
      if (command.epoch !== state.epoch) return refused('stale');
      if (isLive(state)) lose(draft);
      return done;
    case 'usage':
      addUsage(draft, command);
      return done;
    case 'wake':
      return wake(draft);
    case 'used':
      return used(draft);
    case 'budget_refused':
      if (state.prompts.length > 0) draft.set({ budget_refusal: command.message });
      return done;
    case 'attendance':
      return attendance(draft);
    case 'server_started':
      return serverStarted(draft);
    case 'tick':
      tick(draft);
      return done;
    default: {
      const unreachable: never = command;
      return unreachable;
    }
  }
}

function create(draft: Draft, command: Extract<Command, { kind: 'create' }>): Outcome {
  draft.note('session_created', 'The session was created and waits for a runner.');
  if (command.initialPrompt !== null) enqueue(draft, { promptId: command.initialPrompt.promptId, text: command.initialPrompt.text });
  draft.incarnation('wanted');
  draft.effect({ kind: 'need_runner' });
  return done;
}
