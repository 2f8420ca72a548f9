import type { Installation } from './installation.ts';
import type { Measurement } from './measurement.ts';

/** What a row measures with. */
export interface Bench {
  readonly modelUrl: string;
  /** Aborted when the row has had its time, or the bench is ended. */
  readonly signal: AbortSignal;
  /** How many rounds to measure where so many are measured in a whole run: fewer in a quick one. */
  readonly rounds: (whole: number) => number;
  /** One server and runner for all rows that do not need their own; started by the first that asks. */
  installation(): Promise<Installation>;
}

/** One thing that is measured; gives the lines it comes to. */
export interface Row {
  readonly name: string;
  readonly measure: (bench: Bench) => Promise<Measurement[]>;
  /** How long it may take, in milliseconds; two minutes unless told. */
  readonly longestMs?: number;
}
