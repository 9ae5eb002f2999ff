import type { Day } from '../encryption/day-keys.ts';
import type { Entry } from './decode-entry.ts';
import { NOTHING_LASTS } from './lasting-entries.ts';
import type { KeptThing } from './retention/kept-thing.ts';
import { vouchedEntries } from './verify-heads.ts';
import type { LogProblem, LogReport } from './verify-log.ts';

const DAY_MS = 86_400_000;

/** Where something is gone. */
export interface GonePlace {
  /** As the segment's header says, which nobody signed. */
  readonly day: Day;
  readonly file: string;
  readonly offset: number;
  readonly seq: number;
}

/** What the entries of a segment lack, or those of a day, and where the first of them is. */
export interface ErasedPart extends GonePlace {
  readonly lastSeq: number;
  readonly count: number;
}

/** Entries of which only the leaf hashes are left. */
export interface ExpiredEntries extends ErasedPart {
  /** Which entry said so, if one did that is to be believed. */
  readonly by: { readonly log: string; readonly seq: number; readonly at: string } | undefined;
  /** Digest of the day's entries that are still there because they stay; see `addLasting`. */
  readonly lasting: string;
}

/** What can expire of entries: what they keep apart, or they themselves. */
type ErasedThing = Exclude<KeptThing, 'recordings'>;

/** What an entry says of keeping and erasing. */
export type RetentionEntry =
  | {
      readonly kind: 'expire';
      readonly of: KeptThing;
      readonly seq: number;
      readonly at: string;
      readonly day: Day;
      /** How long it was kept after its end. */
      readonly keptDays: number;
      /** Of entries: digests of those that stay, by log. */
      readonly stays: Readonly<Record<string, unknown>>;
      /** First and last entries of the day's segments, by log. Undefined: of whatever is said to be of that day. */
      readonly spans: Readonly<Record<string, unknown>> | undefined;
      readonly logs: readonly string[];
    }
  /** Nothing of these days may be erased, both included. */
  | {
      readonly kind: 'hold';
      readonly at: string;
      readonly hold: string;
      readonly from: Day;
      readonly until: Day;
      /** Days of it, first and last, of which these were erased before the hold began. */
      readonly gone: Readonly<Record<KeptThing, readonly (readonly [Day, Day])[]>>;
      /** First and last entries of what was gone of days of which the rest was there, by log. */
      readonly thinned: Readonly<Record<string, unknown>>;
      readonly logs: readonly string[];
    }
  | {
      readonly kind: 'release';
      readonly seq: number;
      readonly at: string;
      readonly hold: string;
      readonly logs: readonly string[];
    };

/** Undefined for entries that have nothing to do with it, or that are not as the gateway writes them. */
export function readRetentionEntry(entry: Entry): RetentionEntry | undefined {
  const { kind, seq, at, of, day, keptDays, stays, hold, from, until, gone, goneEntries } = entry;
  const { spans } = entry;
  const logs = Array.isArray(entry['logs']) ? entry['logs'].filter(isText) : [];
  if (kind === 'retention.expire') {
    const isKnown = of === 'content' || of === 'entries' || of === 'recordings';
    if (!isKnown || typeof day !== 'string') return undefined;
    const kept = typeof keptDays === 'number' ? keptDays : 0;
    const byLog = { stays: readByLog(stays) ?? {}, spans: readByLog(spans) };
    return { kind: 'expire', of, seq, at, day, keptDays: kept, ...byLog, logs };
  }
  if (typeof hold !== 'string') return undefined;
  if (kind === 'hold.end') return { kind: 'release', seq, at, hold, logs };
  if (kind !== 'hold.start' || typeof from !== 'string' || typeof until !== 'string')
    return undefined;
  // Holds of older gateways do not say which recordings they kept: no blame comes from them.
  const goneRecordings = readRanges(entry['goneRecordings'] ?? [[from, until]]);
  const days = {
    content: readRanges(gone),
    entries: readRanges(goneEntries),
    recordings: goneRecordings,
  };
  const thinned = readByLog(entry['thinned']) ?? {};
  return { kind: 'hold', at, hold, from, until, gone: days, thinned, logs };
}

function readByLog(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isByLog = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isByLog ? { ...value } : undefined;
}

function readRanges(value: unknown): readonly (readonly [Day, Day])[] {
  return Array.isArray(value) ? value.filter(isRange) : [];
}

function isRange(value: unknown): value is readonly [Day, Day] {
  return Array.isArray(value) && value.length === 2 && value.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** What the logs say of what they lack. */
export interface ErasureFindings {
  /** The problem of each log that lacks something that was not to go, by name. */
  readonly problems: ReadonlyMap<string, LogProblem>;
  /** What is gone, by the name of its log: a part for each day. */
  readonly days: ReadonlyMap<string, GoneDays>;
}

/** What a log lacks, a part for each day. */
interface GoneDays {
  readonly erased: readonly ErasedPart[];
  readonly expired: readonly ExpiredEntries[];
}

/**
 * Whether what is gone was to go: a signed entry says that its day expired, after the end of every hold under
 * which it was still there. Entries speak for the logs that they name, and for those of their own gateway.
 *
 * @param entriesKeptDays An expiry of entries counts only if they were kept so long, whatever it says itself.
 */
export function judgeErasures(
  reports: readonly LogReport[],
  entriesKeptDays: number,
): ErasureFindings {
  const problems = new Map<string, LogProblem>();
  const days = new Map<string, GoneDays>();
  for (const { name, erased: contents, expired: entries } of reports) {
    const said = reports.flatMap((report) => listSaid(report, name));
    const complain = ({ file, offset, seq }: GonePlace, what: string): void => {
      if (!problems.has(name)) problems.set(name, { file, offset, seq, what });
    };
    const erased = groupByDay(contents).map((parts) => {
      const { day } = parts[0];
      const authority = findAuthority(said, {
        of: 'content',
        day,
        keptDaysMin: 0,
        wasGone: () => false,
      });
      const wrong = findUnauthorized(name, parts, authority);
      if (wrong) complain(wrong.part, `contents of ${day} were deleted ${wrong.why}`);
      return sumUp(parts);
    });
    const expired = groupByDay(entries).map((parts) => {
      const { day, lasting } = parts[0];
      const wasGone = ({ thinned }: SaidHold): boolean =>
        parts.every((part) => isWithin(thinned[name], part));
      const keptDaysMin = entriesKeptDays;
      const authority = findAuthority(said, { of: 'entries', day, keptDaysMin, wasGone });
      const wrong = findUnauthorized(name, parts, authority);
      if (wrong) complain(wrong.part, `entries of ${day} were deleted ${wrong.why}`);
      if (typeof authority === 'string') return sumUp(parts);
      const { log, seq, at, stays } = authority;
      if ((stays[name] ?? NOTHING_LASTS) !== lasting) {
        complain(parts[0], `entries of ${day} were deleted with some that were to stay`);
      }
      return { ...sumUp(parts), by: { log, seq, at } };
    });
    days.set(name, { erased, expired });
  }
  return { problems, days };
}

/** At least one. */
type Parts<Part> = readonly [Part, ...Part[]];

function groupByDay<Part extends GonePlace>(parts: readonly Part[]): readonly Parts<Part>[] {
  const days = new Map<Day, [Part, ...Part[]]>();
  for (const part of parts) {
    const known = days.get(part.day);
    if (known === undefined) days.set(part.day, [part]);
    else known.push(part);
  }
  return [...days.values()];
}

function sumUp<Part extends ErasedPart>(parts: Parts<Part>): Part {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  return { ...parts[0], lastSeq: parts.at(-1)?.lastSeq ?? parts[0].lastSeq, count };
}

/** What of a day no entry lets go, and why. */
function findUnauthorized(
  log: string,
  parts: Parts<ErasedPart>,
  authority: SaidExpiry | string,
): { readonly part: ErasedPart; readonly why: string } | undefined {
  if (typeof authority === 'string') return { part: parts[0], why: authority };
  const { spans } = authority;
  // The header that says of which day a segment is has no signature. The expiry has one.
  const beyond = spans && parts.find((part) => !isWithin(spans[log], part));
  const why = `beyond what entry ${authority.seq} of ${authority.log} names`;
  return beyond && { part: beyond, why };
}

/** @param spans First and last entries, as an expiry gives them. */
function isWithin(spans: unknown, { seq, lastSeq }: ErasedPart): boolean {
  if (!Array.isArray(spans)) return false;
  return spans.some((span) => isSpan(span) && span[0] <= seq && lastSeq <= span[1]);
}

function isSpan(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger);
}

/** An entry, and the log that it is in. */
type Said = RetentionEntry & { readonly log: string };
type SaidExpiry = Extract<Said, { kind: 'expire' }>;
type SaidHold = Extract<RetentionEntry, { kind: 'hold' }>;

/** Something of a day that is gone. */
interface Erasure {
  readonly of: ErasedThing;
  readonly day: Day;
  readonly keptDaysMin: number;
  /** Whether it was before a hold began, though more of the day was there. */
  readonly wasGone: (hold: SaidHold) => boolean;
}

/** The entry by which something of a day was to go, or why it was not. */
function findAuthority(
  said: readonly Said[],
  { of, day, keptDaysMin, wasGone }: Erasure,
): SaidExpiry | string {
  const expiries = said.filter(
    (entry): entry is SaidExpiry => entry.kind === 'expire' && entry.of === of && entry.day === day,
  );
  if (expiries.length === 0) return 'without authority';
  const isDue = ({ at, keptDays }: SaidExpiry): boolean =>
    Date.parse(at) >= Date.parse(day) + (Math.max(keptDaysMin, keptDays) + 1) * DAY_MS;
  // Contents may be kept for hours beyond a day's end: what they say of days is for people.
  const due = of === 'content' ? expiries : expiries.filter(isDue);
  const last = due.reduce<SaidExpiry | undefined>(
    (latest, entry) => (latest === undefined || latest.at < entry.at ? entry : latest),
    undefined,
  );
  if (last === undefined) return 'before their time';
  const holding = said.filter((entry) => entry.kind !== 'hold' || !wasGone(entry));
  const hold = findHold(holding, of, day, last.at);
  return hold === undefined ? last : `while hold ${hold} was in force`;
}

/** What a log says that holds for another one: what permits to erase only if it is vouched for. */
function listSaid(report: LogReport, log: string): readonly Said[] {
  const isOwn = gatewayOf(report.name) === gatewayOf(log);
  return report.retention
    .filter((entry) => {
      if (!isOwn && !entry.logs.includes(log)) return false;
      if (entry.kind === 'hold') return true;
      if (entry.seq >= vouchedEntries(report)) return false;
      // What expires in advance would permit anything later.
      return entry.kind === 'release' || entry.day < entry.at.slice(0, entry.day.length);
    })
    .map((entry) => ({ ...entry, log: report.name }));
}

/** Each process of a gateway writes a log: its name, a dot, and which one it is. */
export function gatewayOf(log: string): string {
  return log.replace(/\.[^.]*$/, '');
}

/** A hold that kept what a day has, and had not ended before that was said, for the last time, to expire. */
export function findHold(
  entries: readonly RetentionEntry[],
  of: KeptThing,
  day: Day,
  expiredAt: string,
): string | undefined {
  const isOver = (hold: string): boolean =>
    entries.some(
      (entry) => entry.kind === 'release' && entry.hold === hold && entry.at <= expiredAt,
    );
  for (const entry of entries) {
    if (entry.kind !== 'hold' || day < entry.from || day > entry.until) continue;
    if (entry.gone[of].some(([first, last]) => first <= day && day <= last)) continue;
    if (!isOver(entry.hold)) return entry.hold;
  }
  return undefined;
}
