const smallest = 25;
const largest = 75;

/** The side panel's part of the width in percent, within what leaves both parts usable; half for what is no number. */
export function clampShare(percent: number): number {
  return Number.isFinite(percent) ? Math.min(largest, Math.max(smallest, percent)) : 50;
}

/** The part after a key on the bar: the bar moves the way of the arrow. Undefined for keys that are not its. */
export function shareAfterKey(percent: number, key: string): number | undefined {
  if (key === 'ArrowLeft') return clampShare(percent + 4);
  if (key === 'ArrowRight') return clampShare(percent - 4);
  if (key === 'Home') return largest;
  return key === 'End' ? smallest : undefined;
}
