/** Time, as the context gives it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** The same instant as RFC 3339 in UTC with milliseconds. */
  timestamp(): string;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  timestamp: () => new Date().toISOString(),
};
