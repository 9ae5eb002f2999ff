import type { Day } from '../../encryption/day-keys.ts';

/** First and last day. */
export type DayRange = readonly [Day, Day];

/**
 * Joins days to ranges: neighbours are those between which none of the others lies.
 *
 * @param days In order.
 * @param others In order; none of `days`.
 */
export function joinDays(days: readonly Day[], others: readonly Day[]): readonly DayRange[] {
  const ranges: [Day, Day][] = [];
  for (const day of days) {
    const last = ranges.at(-1);
    if (last !== undefined && !others.some((other) => last[1] < other && other < day))
      last[1] = day;
    else ranges.push([day, day]);
  }
  return ranges;
}
