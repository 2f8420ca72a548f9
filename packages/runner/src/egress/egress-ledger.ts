/** Who asked: a program in the sandbox, or the runner for an MCP server of the session. */
export type EgressVia = 'sandbox' | 'mcp';

/** One decision about the way out of a session. */
export interface EgressDecision {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly via: EgressVia;
  readonly host: string;
  readonly port: number;
  /** The very address dialled, or that was refused; null if it did not come to that. */
  readonly address: string | null;
  readonly allowed: boolean;
  readonly rule: string;
  /** For a refusal: what is wrong and what to do about it. */
  readonly why: string;
}

/** How it went on. Bytes are those on the wire: of TLS, the encrypted ones. */
export interface EgressOutcome {
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly durationMs: number;
  /** Why no connection came about; null when one did. */
  readonly error: string | null;
}

/** Where decisions are kept. */
export interface EgressLedger {
  /** Called at once, before a byte flows. @returns to be called when it is over, for what was allowed. */
  decided(decision: EgressDecision): (outcome: EgressOutcome) => void;
}
