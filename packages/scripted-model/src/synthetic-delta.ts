/** Milliseconds since 1970 with fractions. */
export type Clock = () => number;

export const systemClock: Clock = () => performance.timeOrigin + performance.now();

/** `"<index>:<epoch ms with 3 decimals> "`, filled up to `size` characters with a word of x. */
export function syntheticDelta(index: number, size: number, now: number): string {
  const stamp = `${index}:${now.toFixed(3)} `;
  const missing = size - stamp.length;
  return missing >= 2 ? `${stamp}${'x'.repeat(missing - 1)} ` : stamp;
}

export interface SyntheticDelta {
  index: number;
  /** Milliseconds since 1970. */
  sentAt: number;
}

/** Finds the stamps in received text, in order; a stamp at the very end that is not yet complete is left out. */
export function readSyntheticDeltas(text: string): SyntheticDelta[] {
  return Array.from(text.matchAll(/(?<=^|\s)(\d+):(\d+\.\d{3})(?=\s)/g), (match) => ({
    index: Number(match[1]),
    sentAt: Number(match[2]),
  }));
}
