import { z } from 'zod';

const jsonObject = z.record(z.string(), z.unknown());
const count = z.int().min(0).max(1_000_000);
/** Extra response headers, e.g. `anthropic-ratelimit-unified-status`. */
const responseHeaders = z.record(z.string().regex(/^[a-z0-9-]+$/), z.string());
const milliseconds = z.number().min(0).max(86_400_000);

/** A tool the answer calls. Strings anywhere in `input` are interpolated like `text`. */
const toolCall = z.strictObject({
  name: z.string().min(1),
  input: jsonObject.default({}),
  id: z
    .string()
    .regex(/^[a-zA-Z0-9_-]+$/)
    .optional(),
});

/** An API error: an HTTP status before the answer, or an SSE `error` event when the step has `error_after_deltas`. */
const stepError = z.strictObject({
  status: z.union([400, 401, 403, 404, 429, 500, 529].map((status) => z.literal(status))),
  type: z.string().optional(),
  message: z.string().optional(),
  /** Seconds, sent as the `retry-after` header. */
  retry_after: z.number().min(0).optional(),
  /** The first `times` attempts of this step fail, the next one plays it. Absent: every attempt fails. */
  times: z.int().min(1).optional(),
});
export type StepError = z.infer<typeof stepError>;

/** `count` synthetic text deltas of at least `size` characters, each beginning with `<index>:<epoch ms with 3 decimals> `. */
const syntheticDeltas = z.strictObject({
  count: count.min(1),
  per_second: z.number().positive().max(1_000_000).default(100),
  size: z.int().min(0).max(100_000).default(0),
});

const usageOverrides = z.strictObject({
  input_tokens: count.optional(),
  output_tokens: count.optional(),
  cache_creation_input_tokens: count.optional(),
  cache_read_input_tokens: count.optional(),
});
export type UsageOverrides = z.infer<typeof usageOverrides>;

const stopReasons = ['end_turn', 'tool_use', 'max_tokens', 'stop_sequence', 'pause_turn', 'refusal'] as const;
const midStreamFaults = ['error_after_deltas', 'cut_after_deltas', 'eof_after_deltas', 'stall_after_deltas'] as const;

const stepFields = z.strictObject({
  thinking: z.string().optional(),
  text: z.string().optional(),
  deltas: syntheticDeltas.optional(),
  tools: z.array(toolCall).min(1).max(100).optional(),
  stop_reason: z.enum(stopReasons).optional(),
  usage: usageOverrides.optional(),
  headers: responseHeaders.optional(),

  delay_ms: milliseconds.optional(),
  /** Characters per text delta. */
  chunk: z.int().min(1).default(12),
  chunk_delay_ms: milliseconds.optional(),
  /** Wait for `release(name)`: before the first byte, or after `hold_after_deltas` deltas. */
  hold: z.string().min(1).optional(),
  hold_after_deltas: count.optional(),

  error: stepError.optional(),
  error_after_deltas: count.optional(),
  cut_after_deltas: count.optional(),
  eof_after_deltas: count.optional(),
  stall_after_deltas: count.optional(),
  /** How many attempts a cut, end or stall spoils before the step is played whole. Absent: every attempt. */
  times: z.int().min(1).optional(),
});

type StepFields = z.infer<typeof stepFields>;

function checked<T extends z.ZodType<StepFields>>(schema: T): T {
  return schema
    .refine((candidate) => midStreamFaults.filter((fault) => candidate[fault] !== undefined).length <= 1, {
      message: `a step has at most one of ${midStreamFaults.join(', ')}`,
    })
    .refine((candidate) => candidate.hold_after_deltas === undefined || candidate.hold !== undefined, {
      message: 'hold_after_deltas needs hold',
    });
}

/** One response of the API. */
const step = checked(
  stepFields.extend({
    /** Played in this step's place when the last tool result is an error, e.g. a denied approval. */
    on_tool_error: checked(stepFields).optional(),
  }),
);
export type Step = z.infer<typeof step>;

export const script = z.strictObject({ steps: z.array(step).max(1000) });
export type Script = z.infer<typeof script>;
/** A script as it is written down: defaults may be left out. */
export type ScriptSource = z.input<typeof script>;

/** A script, or an English sentence naming what is wrong with it. */
export type ParsedScript = { ok: true; script: Script } | { ok: false; problem: string };

/** Parses the JSON text of a script. Never throws. */
export function parseScript(json: string): ParsedScript {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return { ok: false, problem: `it is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const parsed = script.safeParse(value);
  return parsed.success ? { ok: true, script: parsed.data } : { ok: false, problem: z.prettifyError(parsed.error) };
}
