import type { Day } from '../encryption/day-keys.ts';
import type { Entry } from './decode-entry.ts';
import { vouchedEntries } from './verify-heads.ts';
import type { LogProblem, LogReport } from './verify-log.ts';

/** Contents of one day that a log no longer has, and where the first of them was. */
export interface ErasedContents {
  readonly day: Day;
  readonly file: string;
  readonly offset: number;
  readonly seq: number;
  readonly count: number;
}

/** What an entry says of keeping and erasing. */
export type RetentionEntry =
  | { readonly kind: 'expire'; readonly seq: number; readonly at: string; readonly day: Day }
  /** Nothing of these days may be erased, both included. */
  | {
      readonly kind: 'hold';
      readonly at: string;
      readonly hold: string;
      readonly from: Day;
      readonly until: Day;
      /** Days of it, first and last, that were erased before the hold began. */
      readonly gone: readonly (readonly [Day, Day])[];
    }
  | { readonly kind: 'release'; readonly at: string; readonly hold: string };

/** Undefined for entries that have nothing to do with it, or that are not as the gateway writes them. */
export function readRetentionEntry(entry: Entry): RetentionEntry | undefined {
  const { kind, seq, at, of, day, hold, from, until, gone } = entry;
  if (kind === 'retention.expire' && of === 'content' && typeof day === 'string') {
    return { kind: 'expire', seq, at, day };
  }
  if (typeof hold !== 'string') return undefined;
  if (kind === 'hold.end') return { kind: 'release', at, hold };
  if (kind !== 'hold.start' || typeof from !== 'string' || typeof until !== 'string')
    return undefined;
  return {
    kind: 'hold',
    at,
    hold,
    from,
    until,
    gone: Array.isArray(gone) ? gone.filter(isRange) : [],
  };
}

function isRange(value: unknown): value is readonly [Day, Day] {
  return (
    Array.isArray(value) && value.length === 2 && value.every((day) => typeof day === 'string')
  );
}

/**
 * Whether what is gone was to go: a signed entry of this ledger says that its day expired, after the end of
 * every hold under which it was still there.
 *
 * @returns The problem of each log that lacks something, by name.
 */
export function judgeErasures(reports: readonly LogReport[]): ReadonlyMap<string, LogProblem> {
  const expiries = reports.flatMap((report) =>
    report.retention
      .filter((entry) => entry.kind === 'expire')
      // What expires in advance would permit anything later.
      .filter(({ seq, at, day }) => seq < vouchedEntries(report) && day < at.slice(0, day.length)),
  );
  const all = reports.flatMap(({ retention }) => retention);
  const problems = new Map<string, LogProblem>();
  for (const { name, erased } of reports) {
    for (const { day, file, offset, seq } of erased) {
      const last = expiries.filter((one) => one.day === day).reduce(latest, undefined);
      const hold = last === undefined ? undefined : findHold(all, day, last);
      if (last !== undefined && hold === undefined) continue;
      const because = hold === undefined ? 'without authority' : `while hold ${hold} was in force`;
      problems.set(name, { file, offset, seq, what: `contents of ${day} were deleted ${because}` });
      break;
    }
  }
  return problems;
}

function latest(one: string | undefined, { at }: { readonly at: string }): string {
  return one === undefined || one < at ? at : one;
}

/** A hold that kept a day's contents, and had not ended before they were said, for the last time, to expire. */
function findHold(
  entries: readonly RetentionEntry[],
  day: Day,
  expiredAt: string,
): string | undefined {
  const isOver = (hold: string): boolean =>
    entries.some(
      (entry) => entry.kind === 'release' && entry.hold === hold && entry.at <= expiredAt,
    );
  for (const entry of entries) {
    if (entry.kind !== 'hold' || day < entry.from || day > entry.until) continue;
    if (entry.gone.some(([first, last]) => first <= day && day <= last)) continue;
    if (!isOver(entry.hold)) return entry.hold;
  }
  return undefined;
}
