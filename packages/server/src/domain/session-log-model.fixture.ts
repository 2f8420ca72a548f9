import type { NewEvent, ResolvedBy } from '@ai-sessions/protocol';

/**
 * What the log alone says of a session: an independent account, made as a viewer would make it, against which the state machine is
 * held. `apply` throws on an event that may not follow those before it.
 */
export class LogModel {
  over = false;
  /** Open prompts in order. */
  readonly prompts: { readonly id: string; started: boolean; hasResult: boolean }[] = [];
  readonly ended = new Map<string, 'completed' | 'cancelled'>();
  readonly asks = new Set<string>();
  readonly resolved = new Map<string, ResolvedBy>();

  apply(event: NewEvent): void {
    if (this.over) throw new Error(`${event.type} after session_end`);
    switch (event.type) {
      case 'prompt_status':
        return this.#prompt(event.payload.prompt_id, event.payload.status);
      case 'result':
        return this.#result(event.payload.prompt_id);
      case 'tool_approval_request':
        return this.#asked(event.payload.tool_use_id);
      case 'ask_user_question':
        return this.#asked(event.payload.question_id);
      case 'tool_approval_resolved':
        return this.#settled(event.payload.tool_use_id, event.payload.by);
      case 'ask_user_question_resolved':
        return this.#settled(event.payload.question_id, event.payload.by);
      case 'session_end':
        if (this.prompts.length > 0 || this.asks.size > 0) throw new Error('ended with something open');
        this.over = true;
        return;
      default:
    }
  }

  #prompt(id: string, status: string): void {
    const [first] = this.prompts;
    const open = this.prompts.find((one) => one.id === id);
    if (status === 'queued') {
      if (open !== undefined || this.ended.has(id)) throw new Error(`${id} was queued twice`);
      this.prompts.push({ id, started: false, hasResult: false });
      return;
    }
    if (open === undefined) throw new Error(`${id} is not open and is ${status}`);
    if (status === 'started') {
      if (open !== first || open.started) throw new Error(`${id} started out of turn or twice`);
      open.started = true;
      return;
    }
    if (status === 'completed' && !(open.started && open.hasResult)) throw new Error(`${id} completed without a start or a result`);
    if (status === 'cancelled' && open.started) throw new Error(`${id} was cancelled after it had started`);
    this.prompts.splice(this.prompts.indexOf(open), 1);
    this.ended.set(id, status === 'completed' ? 'completed' : 'cancelled');
  }

  #result(id: string | null): void {
    if (id === null) return;
    const [first] = this.prompts;
    if (first?.id !== id || !first.started || first.hasResult) throw new Error(`a result of ${id} that is not due`);
    if (this.asks.size > 0) throw new Error('a turn ended with asks open');
    first.hasResult = true;
  }

  #asked(id: string): void {
    if (this.asks.has(id)) throw new Error(`${id} was asked twice while open`);
    this.asks.add(id);
  }

  #settled(id: string, by: ResolvedBy): void {
    if (!this.asks.delete(id)) throw new Error(`${id} was settled and was not open`);
    this.resolved.set(id, by);
  }
}
