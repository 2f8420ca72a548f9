import { z } from 'zod';
import { timestamp } from './ids.ts';

const number = z.int().min(0);

/** How a decision went on. Bytes are those on the wire: of TLS, the encrypted ones. */
const outcome = {
  /** How many decisions the row stands for: the same one, many times within seconds, is one row. */
  count: z.int().min(1),
  /** Null while the connection is open, when there was none, and when the runner was cut off before it ended. */
  bytes_up: number.nullable(),
  bytes_down: number.nullable(),
  duration_ms: number.nullable(),
  /** Why an allowed connection did not come about, e.g. `not resolved`, `ECONNREFUSED`; null when it did. */
  error: z.string().max(200).nullable(),
};

/** One decision about the way out of a session's sandbox. */
export const egressConnection = z.strictObject({
  kind: z.literal('connection'),
  at: timestamp,
  /** `sandbox`: a program inside asked. `mcp`: the runner did, for an MCP server of the session. */
  via: z.enum(['sandbox', 'mcp']),
  /** `*` in a row that sums up what came too fast to be listed; its port is 0. */
  host: z.string().max(300),
  port: z.int().min(0).max(65_535),
  /** The very address dialled, or refused; null if it did not come to that. */
  address: z.string().max(100).nullable(),
  verdict: z.enum(['allowed', 'denied']),
  /** What decided: `open`, `off`, `allowlist`, `port`, `malformed`, `connections`, `allowed_domains: …`, `denied_domains: …`, `operator: …`, `address: …`. */
  rule: z.string().max(400),
  ...outcome,
});
export type EgressConnection = z.infer<typeof egressConnection>;

export const egressOutcome = z.strictObject(outcome);
export type EgressOutcomeReport = z.infer<typeof egressOutcome>;

/** One call of the model through the gateway: what it cost, never what was said. */
export const modelCall = z.strictObject({
  kind: z.literal('model_call'),
  at: timestamp,
  model: z.string(),
  input_tokens: number,
  output_tokens: number,
  cache_read_input_tokens: number,
  cache_creation_input_tokens: number,
  cost_usd: z.number(),
  duration_ms: number,
});
export type ModelCall = z.infer<typeof modelCall>;

/** Which rows of a ledger are wanted; all of them without it. Only connections have a verdict. */
export const egressFilter = {
  kind: z.enum(['connection', 'model_call']).optional(),
  verdict: egressConnection.shape.verdict.optional(),
};
export type EgressFilter = z.infer<z.ZodObject<typeof egressFilter>>;

/** `number` counts the rows of a session: 1, 2, 3 … */
const numbered = { number: z.int().min(1) };
export const egressEntry = z
  .discriminatedUnion('kind', [egressConnection.extend(numbered), modelCall.extend(numbered)])
  .meta({ id: 'EgressEntry' });
export type EgressEntry = z.infer<typeof egressEntry>;
