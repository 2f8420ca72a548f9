import { type ResolvedBy, fixedLimits } from '@ai-sessions/protocol';
import { type Draft, done, later, refused } from './session-draft.ts';
import type { Ask, Command, NewAsk, Outcome, Resolution } from './session-state.ts';

const rememberedResolutions = 200;

export function openAsk(draft: Draft, ask: NewAsk): void {
  const { state } = draft;
  const answered = state.resolutions.find((one) => one.id === ask.id);
  if (answered !== undefined) {
    draft.effect({ kind: 'resolution', resolution: answered });
    return;
  }
  if (state.asks.some((one) => one.id === ask.id)) return;
  const expires = draft.context.attended ? null : expiry(draft);
  draft.set({ asks: [...state.asks, { ...ask, opened_at: draft.context.now, expires_at: expires }], idle_since: null });
  if (ask.kind === 'approval') {
    const { id, tool_name, tool_input, suggested_pattern, parent_tool_use_id } = ask;
    draft.append({
      type: 'tool_approval_request',
      payload: {
        tool_use_id: id,
        tool_name,
        tool_input,
        ...(suggested_pattern === undefined ? {} : { suggested_pattern }),
        ...(expires === null ? {} : { expires_at: expires }),
      },
      ...(parent_tool_use_id === undefined ? {} : { parent_tool_use_id }),
    });
  } else {
    draft.append({ type: 'ask_user_question', payload: { question_id: ask.id, questions: ask.questions } });
  }
}

export function resolveApproval(draft: Draft, command: Extract<Command, { kind: 'resolve_approval' }>): Outcome {
  const ask = findAsk(draft, 'approval', command.id);
  if (!ask.found) return ask.outcome;
  const { id, tool_name, tool_input } = ask.found;
  const pattern =
    command.approved && command.scope === 'session' ? (command.pattern ?? ask.found.suggested_pattern ?? tool_name) : undefined;
  if (pattern !== undefined && !draft.state.session_allowed_tools.includes(pattern)) {
    draft.set({ session_allowed_tools: [...draft.state.session_allowed_tools, pattern].slice(-fixedLimits.toolPatterns) });
  }
  settle(draft, ask.found, command.approved, 'user');
  deliver(draft, {
    kind: 'approval',
    id,
    tool_name,
    tool_input,
    approved: command.approved,
    ...(pattern === undefined ? {} : { pattern }),
    ...(command.updatedInput === undefined ? {} : { updated_input: command.updatedInput }),
    ...(command.message === undefined ? {} : { message: command.message }),
  });
  return done;
}

export function resolveQuestion(draft: Draft, command: Extract<Command, { kind: 'resolve_question' }>): Outcome {
  const ask = findAsk(draft, 'question', command.id);
  if (!ask.found) return ask.outcome;
  const { id, tool_use_id, questions } = ask.found;
  settle(draft, ask.found, true, 'user', command.answers);
  deliver(draft, { kind: 'question', id, tool_use_id, questions, answers: command.answers });
  return done;
}

/** Closes an ask: the event, and the memory of who did it. */
export function settle(draft: Draft, ask: Ask, approved: boolean, by: ResolvedBy, answers?: Record<string, string>): void {
  if (ask.kind === 'approval') {
    draft.append({
      type: 'tool_approval_resolved',
      payload: { tool_use_id: ask.id, approved, by },
      ...(ask.parent_tool_use_id === undefined ? {} : { parent_tool_use_id: ask.parent_tool_use_id }),
    });
  } else {
    draft.append({
      type: 'ask_user_question_resolved',
      payload: { question_id: ask.id, by, ...(answers === undefined ? {} : { answers }) },
    });
  }
  draft.set({
    asks: draft.state.asks.filter((one) => one.id !== ask.id),
    recently_resolved: [...draft.state.recently_resolved, { id: ask.id, by, at: draft.context.now }].slice(-rememberedResolutions),
  });
}

export function attendance(draft: Draft): Outcome {
  const { asks } = draft.state;
  if (asks.length === 0) return done;
  const expires = draft.context.attended ? null : expiry(draft);
  draft.set({ asks: asks.map((ask) => ({ ...ask, expires_at: draft.context.attended ? null : (ask.expires_at ?? expires) })) });
  return done;
}

/** The viewers of an earlier server are gone with it: each ask gets its whole time again to be found by them. */
export function extendAsks(draft: Draft): void {
  const { asks } = draft.state;
  if (asks.length === 0) return;
  const expires = draft.context.attended ? null : expiry(draft);
  draft.set({ asks: asks.map((ask) => ({ ...ask, expires_at: expires })) });
}

export function expireAsks(draft: Draft): void {
  const { now, attended } = draft.context;
  if (attended) return;
  for (const ask of draft.state.asks) {
    if (ask.expires_at === null || ask.expires_at > now) continue;
    const message = 'Nobody answered in time, so this was not allowed. Go on without it, or say what you need.';
    settle(draft, ask, false, 'expired');
    if (ask.kind === 'approval')
      deliver(draft, { kind: 'approval', id: ask.id, tool_name: ask.tool_name, tool_input: ask.tool_input, approved: false, message });
    else deliver(draft, { kind: 'question', id: ask.id, tool_use_id: ask.tool_use_id, questions: ask.questions, message });
  }
}

type FoundAsk<K extends Ask['kind']> = { found: Extract<Ask, { kind: K }> } | { found: null; outcome: Outcome };

function findAsk<K extends Ask['kind']>(draft: Draft, kind: K, id: string): FoundAsk<K> {
  const found = draft.state.asks.find((ask): ask is Extract<Ask, { kind: K }> => ask.kind === kind && ask.id === id);
  if (found !== undefined) return { found };
  // The newest: Claude Code may ask for one call twice over several turns.
  const before = draft.state.recently_resolved.findLast((one) => one.id === id);
  return {
    found: null,
    outcome: before === undefined ? refused('not_found') : refused('already_resolved', { by: before.by, at: before.at }),
  };
}

function deliver(draft: Draft, resolution: Resolution): void {
  draft.set({ resolutions: [...draft.state.resolutions, resolution] });
  draft.effect({ kind: 'resolution', resolution });
}

function expiry(draft: Draft): string | null {
  return draft.context.timers.approval > 0 ? later(draft.context.now, draft.context.timers.approval) : null;
}
