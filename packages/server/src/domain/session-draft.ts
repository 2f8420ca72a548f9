import type { NewEvent } from '@ai-sessions/protocol';
import type { LedgerChange } from './egress-ledger.ts';
import type { Effect, FirstAnswer, Outcome, SessionState, TransitionContext } from './session-state.ts';

/** A transition in the making: the state so far, what it appends, what it asks for. */
export class Draft {
  state: SessionState;
  readonly context: TransitionContext;
  readonly events: NewEvent[] = [];
  readonly effects: Effect[] = [];
  readonly ledger: LedgerChange[] = [];

  constructor(state: SessionState, context: TransitionContext) {
    this.state = state;
    this.context = context;
  }

  set(change: Partial<SessionState>): void {
    this.state = { ...this.state, ...change };
  }

  append(event: NewEvent): number {
    this.events.push(event);
    this.set({ last_seq: this.state.last_seq + 1 });
    return this.state.last_seq;
  }

  note(subtype: string, message: string): void {
    this.append({ type: 'system', payload: { subtype, message } });
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  incarnation(incarnation: SessionState['incarnation']): void {
    const { status, incarnation_since } = this.state;
    this.set({ incarnation, incarnation_since: status === 'pending' ? incarnation_since : this.context.now });
  }
}

export const done: Outcome = { ok: true };
export const refused = (code: Extract<Outcome, { ok: false }>['code'], first?: FirstAnswer): Outcome =>
  first === undefined ? { ok: false, code } : { ok: false, code, first };

/** RFC 3339 times in UTC with milliseconds compare as strings. */
export function later(time: string, milliseconds: number): string {
  return new Date(Date.parse(time) + milliseconds).toISOString();
}
