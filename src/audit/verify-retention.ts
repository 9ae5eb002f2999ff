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
    }
  | { readonly kind: 'release'; readonly at: string; readonly hold: string };

/** Undefined for entries that have nothing to do with it, or that are not as the gateway writes them. */
export function readRetentionEntry(entry: Entry): RetentionEntry | undefined {
  const { kind, seq, at, of, day, hold, from, until } = entry;
  if (kind === 'retention.expire' && of === 'content' && typeof day === 'string') {
    return { kind: 'expire', seq, at, day };
  }
  if (typeof hold !== 'string') return undefined;
  if (kind === 'hold.end') return { kind: 'release', at, hold };
  const isHold = kind === 'hold.start' && typeof from === 'string' && typeof until === 'string';
  return isHold ? { kind: 'hold', at, hold, from, until } : undefined;
}

/**
 * Whether what is gone was to go: a signed entry of this ledger says that its day expired, and no hold was in
 * force then.
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
      const expiry = expiries.find((one) => one.day === day);
      const hold = expiry === undefined ? undefined : findHold(all, day, expiry.at);
      if (expiry !== undefined && hold === undefined) continue;
      const because = hold === undefined ? 'without authority' : `while hold ${hold} was in force`;
      problems.set(name, { file, offset, seq, what: `contents of ${day} were deleted ${because}` });
      break;
    }
  }
  return problems;
}

/** The hold that was in force on a day's contents at an instant. */
function findHold(entries: readonly RetentionEntry[], day: Day, at: string): string | undefined {
  const isReleased = (hold: string): boolean =>
    entries.some((entry) => entry.kind === 'release' && entry.hold === hold && entry.at <= at);
  for (const entry of entries) {
    if (entry.kind !== 'hold' || entry.at > at || day < entry.from || day > entry.until) continue;
    if (!isReleased(entry.hold)) return entry.hold;
  }
  return undefined;
}
