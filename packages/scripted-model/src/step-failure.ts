import type { Step, StepError } from './script.ts';

/** How an answer goes wrong after it has begun: an SSE `error`, a cut connection, a clean but early end, or silence. */
export type Fault = { afterDeltas: number } & ({ kind: 'error'; error: StepError } | { kind: 'cut' | 'eof' | 'stall' });

/** How an attempt fails; a refusal is an HTTP status in the answer's place. */
export type Failure = Fault | { kind: 'refusal'; error: StepError };

const overloaded: StepError = { status: 529 };

/** The failure of the given attempt (from 1) of a step; undefined when it is played whole. */
export function failureOf(step: Step, attempt: number): Failure | undefined {
  const { error, error_after_deltas: errorAfter, cut_after_deltas: cut, eof_after_deltas: eof, stall_after_deltas: stall } = step;
  if (attempt <= (error?.times ?? step.times ?? Infinity)) {
    if (errorAfter !== undefined) return { kind: 'error', afterDeltas: errorAfter, error: error ?? overloaded };
    if (error !== undefined) return { kind: 'refusal', error };
  }
  if (attempt > (step.times ?? Infinity)) return undefined;
  if (cut !== undefined) return { kind: 'cut', afterDeltas: cut };
  if (eof !== undefined) return { kind: 'eof', afterDeltas: eof };
  if (stall !== undefined) return { kind: 'stall', afterDeltas: stall };
  return undefined;
}
