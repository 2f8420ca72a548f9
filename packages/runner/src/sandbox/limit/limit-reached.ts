/** The limits of a sandbox whose being reached is noticed from outside. Full tables of open files are not: only the program itself sees them. */
export type LimitName = 'memory' | 'pids' | 'disk' | 'files' | 'tmp' | 'host_disk';

/** A session has run into a limit. */
export interface LimitReached {
  readonly limit: LimitName;
  /** The limit: MiB, or a number of processes or files; for `host_disk` the MiB that stay free on the machine. */
  readonly allowed: number;
  /** How often since it was told last. */
  readonly times: number;
  /** Whether programs of the session were ended because of it. */
  readonly ended: boolean;
}

export type LimitListener = (hit: LimitReached) => void;
