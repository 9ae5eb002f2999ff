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
  | {
      readonly kind: 'expire';
      readonly seq: number;
      readonly at: string;
      readonly day: Day;
      readonly logs: readonly string[];
    }
  /** Nothing of these days may be erased, both included. */
  | {
      readonly kind: 'hold';
      readonly at: string;
      readonly hold: string;
      readonly from: Day;
      readonly until: Day;
      /** Days of it, first and last, that were erased before the hold began. */
      readonly gone: readonly (readonly [Day, Day])[];
      readonly logs: readonly string[];
    }
  | {
      readonly kind: 'release';
      readonly at: string;
      readonly hold: string;
      readonly logs: readonly string[];
    };

/** Undefined for entries that have nothing to do with it, or that are not as the gateway writes them. */
export function readRetentionEntry(entry: Entry): RetentionEntry | undefined {
  const { kind, seq, at, of, day, hold, from, until, gone } = entry;
  const logs = Array.isArray(entry['logs']) ? entry['logs'].map(String) : [];
  if (kind === 'retention.expire' && of === 'content' && typeof day === 'string') {
    return { kind: 'expire', seq, at, day, logs };
  }
  if (typeof hold !== 'string') return undefined;
  if (kind === 'hold.end') return { kind: 'release', at, hold, logs };
  if (kind !== 'hold.start' || typeof from !== 'string' || typeof until !== 'string')
    return undefined;
  return {
    kind: 'hold',
    at,
    hold,
    from,
    until,
    gone: Array.isArray(gone) ? gone.filter(isRange) : [],
    logs,
  };
}

function isRange(value: unknown): value is readonly [Day, Day] {
  return (
    Array.isArray(value) && value.length === 2 && value.every((day) => typeof day === 'string')
  );
}

/**
 * Whether what is gone was to go: a signed entry says that its day expired, after the end of every hold under
 * which it was still there. Entries speak for the logs that they name, and for those of their own gateway.
 *
 * @returns The problem of each log that lacks something, by name.
 */
export function judgeErasures(reports: readonly LogReport[]): ReadonlyMap<string, LogProblem> {
  const problems = new Map<string, LogProblem>();
  for (const { name, erased } of reports) {
    const said = reports.flatMap((report) => listSaid(report, name));
    for (const { day, file, offset, seq } of erased) {
      const last = said
        .filter((entry) => entry.kind === 'expire' && entry.day === day)
        .reduce(latest, undefined);
      const hold = last === undefined ? undefined : findHold(said, day, last);
      if (last !== undefined && hold === undefined) continue;
      const because = hold === undefined ? 'without authority' : `while hold ${hold} was in force`;
      problems.set(name, { file, offset, seq, what: `contents of ${day} were deleted ${because}` });
      break;
    }
  }
  return problems;
}

/** What a log says that holds for another one: an expiry only if it is vouched for. */
function listSaid(report: LogReport, log: string): readonly RetentionEntry[] {
  const isOwn = gatewayOf(report.name) === gatewayOf(log);
  return report.retention.filter((entry) => {
    if (!isOwn && !entry.logs.includes(log)) return false;
    // What expires in advance would permit anything later.
    return (
      entry.kind !== 'expire' ||
      (entry.seq < vouchedEntries(report) && entry.day < entry.at.slice(0, entry.day.length))
    );
  });
}

/** Each process of a gateway writes a log: its name, a dot, and which one it is. */
export function gatewayOf(log: string): string {
  return log.replace(/\.[^.]*$/, '');
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
