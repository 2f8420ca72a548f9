import type { LinkFrame, RunnerFrame } from '@ai-sessions/protocol';

/** A runner as long as its link stands. */
export interface RunnerConnection {
  readonly hello: Extract<RunnerFrame, { type: 'hello' }>;
  send(frame: LinkFrame): void;
  /** Closes the link; the runner dials again and both sides start over from what is acknowledged. */
  reset(why: string): void;
}
