/** How a process ended. An outcome is a value: a process that fails is not an exception here. */
export interface ExitOutcome {
  /** 0–255, or null when a signal ended it. 127 when it could not be started. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote to stderr, keys removed; the reason when it could not be started. */
  readonly stderrTail: string;
}

/** One line for a log or an error message, e.g. `exited with code 1: no such file`. */
export function describeOutcome(outcome: ExitOutcome): string {
  const how = outcome.signal ? `was ended by ${outcome.signal}` : `exited with code ${outcome.exitCode}`;
  const lastLine = outcome.stderrTail.trimEnd().split('\n').at(-1);
  return lastLine ? `${how}: ${lastLine}` : how;
}
