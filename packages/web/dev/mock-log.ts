import {
  type DurableEvent,
  durableEvent,
  type EventPayload,
  type EventType,
  type LiveFrame,
  liveFrame,
  type LivePayload,
  type LiveFrameType,
  type LiveState,
  type Session,
} from '@ai-sessions/protocol';

/** One session of the mock: its record, its log, and who looks at it. Everything it sends is checked against the protocol. */
export class MockSession {
  readonly record: Session;
  readonly events: DurableEvent[] = [];
  readonly viewers = new Set<(frame: object) => void>();
  readonly answers = new Map<string, (answer: Record<string, unknown>) => void>();
  live: Pick<LiveState, 'pending_approvals' | 'pending_questions' | 'queue'> = { pending_approvals: [], pending_questions: [], queue: [] };
  interrupted = false;
  running: Promise<void> = Promise.resolve();

  constructor(record: Session) {
    this.record = record;
  }

  add<T extends EventType>(type: T, payload: EventPayload<T>, parent?: string): void {
    const event = durableEvent.parse({ ...this.#envelope(type, payload, parent), seq: this.events.length + 1 }) as DurableEvent;
    this.events.push(event);
    this.record.last_seq = event.seq;
    for (const send of this.viewers) send(event);
  }

  tell<T extends LiveFrameType>(type: T, payload: LivePayload<T>, parent?: string): void {
    const frame = liveFrame.parse(this.#envelope(type, payload, parent)) as LiveFrame;
    for (const send of this.viewers) send(frame);
  }

  frame<T extends LiveFrameType>(type: T, payload: LivePayload<T>): object {
    return this.#envelope(type, payload);
  }

  become(activity: Session['activity']): void {
    this.record.activity = activity;
    this.tell('session_status', this.status());
  }

  status(): LiveState {
    return { status: this.record.status, activity: this.record.activity, last_seq: this.events.length, ...this.live };
  }

  spend(input: number, output: number, usd: number): void {
    const { usage } = this.record;
    usage.input_tokens += input;
    usage.output_tokens += output;
    usage.total_cost_usd = Math.round((usage.total_cost_usd + usd) * 1e6) / 1e6;
    const caches = { cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
    this.tell('usage_delta', { model: 'claude-opus-5-5', input_tokens: input, output_tokens: output, ...caches, cost_usd: usd });
  }

  end(status: 'terminated' | 'failed', reason: EventPayload<'session_end'>['reason'], message: string | null = null): void {
    Object.assign(this.record, {
      status,
      activity: null,
      termination_reason: reason,
      error_message: message,
      exit_code: status === 'failed' ? 137 : 0,
      terminated_at: new Date().toISOString(),
    });
    this.add('session_end', { status, reason, exit_code: this.record.exit_code, error_message: message });
  }

  #envelope(type: string, payload: unknown, parent?: string): object {
    const envelope = { type, payload, timestamp: new Date().toISOString(), session_id: this.record.id };
    return parent === undefined ? envelope : { ...envelope, parent_tool_use_id: parent };
  }
}
