const dayMs = 86_400_000;

/** The UTC day of a time, `YYYY-MM-DD`. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The last `count` days up to the day of `now`, as first and last. */
export function lastDays(count: number, now: number): { from: string; to: string } {
  return { from: dayOf(now - (count - 1) * dayMs), to: dayOf(now) };
}

/** Every day from the first to the last. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to) && days.length <= 400; time += dayMs) days.push(dayOf(time));
  return days;
}
