/** A goal that belongs to the contract, worked out from both sides' samples. */
export interface Goal {
  /** What is compared, e.g. `1.04×` or `+2.1 ms`. */
  readonly compared: string;
  readonly text: string;
  readonly holds: boolean;
}

/** One line of the table. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** The Agent SDK, or another floor, measured in turn with ours; absent where there is none. */
  readonly floor?: readonly number[];
  /** Absent on a line that only informs. */
  readonly goal?: Goal;
  /** Every single sample, where `ours` and `floor` hold one figure of each round; for the plot. */
  readonly spread?: { readonly ours: readonly number[]; readonly floor: readonly number[] };
  /** A point of a curve: what is done, and with how many stored sessions. */
  readonly growth?: { readonly of: string; readonly stored: number };
}

/** The value below which this share of the samples lies (nearest rank); NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Goal: our median is at most so many times the floor's. */
export function atMostTimes(ours: readonly number[], floor: readonly number[], factor: number): Goal {
  const ratio = median(ours) / median(floor);
  return { compared: `${ratio.toFixed(2)}×`, text: `≤ ${factor}× SDK`, holds: ratio <= factor };
}

/** Goal: our 95th percentile is at most so many times the floor's. */
export function tailAtMostTimes(ours: readonly number[], floor: readonly number[], factor: number): Goal {
  const ratio = quantile(ours, 0.95) / quantile(floor, 0.95);
  return { compared: `${ratio.toFixed(2)}×`, text: `p95 ≤ ${factor}× SDK`, holds: ratio <= factor };
}

/** Goal: our median is at least so many times the floor's. */
export function atLeastTimes(ours: readonly number[], floor: readonly number[], factor: number): Goal {
  const ratio = median(ours) / median(floor);
  return { compared: `${ratio.toFixed(2)}×`, text: `≥ ${factor}× floor`, holds: ratio >= factor };
}

/** Goal: our median is at most so many milliseconds above the floor's. */
export function atMostMore(ours: readonly number[], floor: readonly number[], extraMs: number, than = 'SDK'): Goal {
  const difference = median(ours) - median(floor);
  const sign = difference < 0 ? '' : '+';
  return { compared: `${sign}${difference.toFixed(2)} ms`, text: `≤ ${than} + ${extraMs} ms`, holds: difference <= extraMs };
}

/** How ours stands to the floor where no goal is set. */
export function compare(ours: readonly number[], floor: readonly number[]): string {
  return `${(median(ours) / median(floor)).toFixed(2)}×`;
}
