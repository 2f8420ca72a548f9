/** What is told about a session while it happens. Carries hints, never the truth: a lost message costs latency only. */
export interface BusMessage {
  readonly sessionId: string;
  /** The session's newest durable seq the sender knows of; absent on live-only messages. */
  readonly lastSeq?: number;
  /** The newest durable events themselves, a short cut past the store: envelopes from `firstSeq` on. */
  readonly envelopes?: readonly string[];
  readonly firstSeq?: number;
  /** Frames that are not stored (deltas, usage), as JSON text. */
  readonly live?: readonly LiveText[];
  /** The live state changed: viewers get a `session_status` frame. */
  readonly status?: boolean;
}

export interface LiveText {
  readonly type: 'assistant_delta' | 'usage_delta';
  readonly text: string;
}

/** Spreads messages among server replicas (embedded: within the one process). */
export interface Bus extends AsyncDisposable {
  publish(message: BusMessage): void;
  /** Hears the messages of one session until the returned function is called. The listener must not throw. */
  subscribe(sessionId: string, listener: (message: BusMessage) => void): () => void;
  ping(): Promise<void>;
}
