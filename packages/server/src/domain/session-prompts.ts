import { type Report, fixedLimits } from '@ai-sessions/protocol';
import { type Draft, done, refused } from './session-draft.ts';
import { budgetSpent } from './session-budget.ts';
import { type Command, type Outcome, type SessionState, isLive } from './session-state.ts';

export function prompt(draft: Draft, command: Extract<Command, { kind: 'prompt' }>): Outcome {
  if (!isLive(draft.state)) return refused('session_not_running');
  if (draft.state.prompts.filter((one) => one.status === 'queued').length >= fixedLimits.queuedPrompts) return refused('queue_full');
  if (budgetSpent(draft.state)) return refused('budget_exhausted');
  enqueue(draft, command);
  pump(draft);
  return { ok: true, promptId: command.promptId };
}

export function enqueue(draft: Draft, given: { promptId: string; text: string; clientMessageId?: string }): void {
  const who = { prompt_id: given.promptId, ...(given.clientMessageId === undefined ? {} : { client_msg_id: given.clientMessageId }) };
  const seq = draft.append({ type: 'prompt_status', payload: { ...who, status: 'queued', text: given.text } });
  draft.set({ prompts: [...draft.state.prompts, { ...who, seq, status: 'queued' }], idle_since: null });
}

/** Gives the first prompt to the runner when that is possible, wakes the session when it sleeps. */
export function pump(draft: Draft): void {
  const { state } = draft;
  const [first, ...rest] = state.prompts;
  if (first === undefined || first.status !== 'queued') return;
  if (state.incarnation === 'up') {
    draft.set({ prompts: [{ ...first, status: 'sent' }, ...rest] });
    draft.effect({ kind: 'prompt', promptId: first.prompt_id, seq: first.seq, interrupted: false });
  } else if (state.incarnation === 'none') {
    draft.incarnation('wanted');
    draft.effect({ kind: 'need_runner' });
  }
}

export function cancelPrompt(draft: Draft, promptId: string): Outcome {
  const found = draft.state.prompts.find((one) => one.prompt_id === promptId);
  if (found === undefined) return refused('not_found');
  if (found.status !== 'queued') return refused('already_resolved');
  promptEnded(draft, found, 'cancelled');
  restIfIdle(draft);
  return done;
}

export function interrupt(draft: Draft): Outcome {
  const { state } = draft;
  if (!isLive(state)) return refused('session_not_running');
  const [first] = state.prompts;
  if (first !== undefined && first.status !== 'queued') draft.set({ interrupting: first.prompt_id });
  if (state.incarnation === 'up' || state.incarnation === 'starting')
    draft.effect({ kind: 'interrupt', promptId: draft.state.interrupting });
  return done;
}

export function promptStarted(draft: Draft, promptId: string, content: Extract<Report, { kind: 'prompt_started' }>['content']): void {
  const [first, ...rest] = draft.state.prompts;
  if (first === undefined || first.prompt_id !== promptId || first.status === 'started') return;
  const { prompt_id, client_msg_id } = first;
  draft.append({
    type: 'prompt_status',
    payload: { prompt_id, ...(client_msg_id === undefined ? {} : { client_msg_id }), status: 'started' },
  });
  if (content.length > 0) draft.append({ type: 'user', payload: { content, prompt_id } });
  draft.set({ prompts: [{ ...first, status: 'started' }, ...rest], conversation_begun: true });
}

export function promptEnded(draft: Draft, ended: SessionState['prompts'][number], status: 'completed' | 'cancelled'): void {
  const { prompt_id, client_msg_id } = ended;
  draft.append({ type: 'prompt_status', payload: { prompt_id, ...(client_msg_id === undefined ? {} : { client_msg_id }), status } });
  draft.set({ prompts: draft.state.prompts.filter((one) => one.prompt_id !== prompt_id) });
}

export function restIfIdle(draft: Draft): void {
  if (draft.state.prompts.length === 0 && draft.state.asks.length === 0)
    draft.set({ idle_since: draft.state.idle_since ?? draft.context.now });
}
