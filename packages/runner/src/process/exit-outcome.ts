/** How a process ended. An outcome is a value: a process that fails is not an exception here. */
export interface ExitOutcome {
  /** 0–255, or null when a signal ended it. 127 when it could not be started. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote to stderr, keys removed; the reason when it could not be started. */
  readonly stderrTail: string;
}

const TOLD_LINES = 5;
const TOLD_CHARS = 1000;

/** For a log or an error message, e.g. `exited with code 1: no such file`: with the last lines of what it wrote, keys removed. */
export function describeOutcome(outcome: ExitOutcome): string {
  const how = outcome.signal ? `was ended by ${outcome.signal}` : `exited with code ${outcome.exitCode}`;
  const lines = outcome.stderrTail.split('\n').filter((line) => line.trim() !== '');
  const last = lines.slice(-TOLD_LINES).join('\n').slice(-TOLD_CHARS);
  return last === '' ? how : `${how}: ${last}`;
}
