const DAY_MS = 86_400_000;

/**
 * Whether a day is over for whoever counts by days, now that it is another (or the same) one. A clock that was set
 * back does not open a day again, unless it had been wrong by more than a day.
 *
 * @param day `YYYY-MM-DD`; empty before the first.
 */
export function isDayOver(day: string, now: string): boolean {
  if (day === now) return false;
  const backMs = Date.parse(day) - Date.parse(now);
  return !(backMs > 0 && backMs <= DAY_MS);
}
