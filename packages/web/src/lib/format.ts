/** US dollars: two digits, more where two would hide a small amount. */
export function formatMoney(usd: number): string {
  if (usd !== 0 && usd < 0.01) return usd < 0.0001 ? '<$0.0001' : `$${usd.toFixed(4)}`;
  return usd.toLocaleString('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: usd < 1000 ? 2 : 0 });
}

/** A count in at most four characters: 999, 1.2k, 45k, 1.3M. */
export function formatCount(count: number): string {
  if (count < 1000) return String(count);
  const [value, unit] = count < 999_500 ? [count / 1000, 'k'] : [count / 1_000_000, 'M'];
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)}${unit}`;
}

const units: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** A span in its largest unit: 45 s, 12 min, 3 h, 2 d. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [size, unit] = units.find(([length]) => seconds >= length) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** A length of time in its two largest units: 45 s, 12 min 5 s, 3 h 20 min. */
export function formatDuration(seconds: number): string {
  const first = units.findIndex(([length]) => seconds >= length);
  if (first === -1) return '0 s';
  const [size, unit] = units[first] ?? [1, 's'];
  const [nextSize, nextUnit] = units[first + 1] ?? [1, ''];
  const rest = Math.floor((seconds % size) / nextSize);
  return `${Math.floor(seconds / size)} ${unit}${rest === 0 || nextUnit === '' ? '' : ` ${rest} ${nextUnit}`}`;
}

/** How long ago an RFC 3339 time was. */
export function formatAge(time: string, now: number): string {
  const ms = now - Date.parse(time);
  return ms < 45_000 ? 'just now' : `${formatSpan(ms)} ago`;
}

export function formatTime(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** A number of bytes: 999 B, 1.2 kB, 45 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${units[power - 1] ?? 'B'}`;
}
