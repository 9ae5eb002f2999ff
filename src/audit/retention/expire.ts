import type { RetentionSettings } from '../../configuration/retention-settings.ts';
import type { Day, DayKeys } from '../../encryption/day-keys.ts';
import type { EntryFields } from '../ledger-port.ts';
import type { KeptThing } from './kept-thing.ts';
import { type Hold, isHeld } from './retention-history.ts';
import type { EntrySpan } from './sweep-ledger.ts';

const DAY_MS = 86_400_000;
/** Entries around midnight may be sealed with the key of the day before. In milliseconds. */
export const MIDNIGHT_MARGIN_MS: number = 3_600_000;

/** What expiry works on. */
export interface ExpiryParts {
  /** Lists the days of which something is there: those with a key, or with entries. */
  readonly days: Readonly<Record<KeptThing, Pick<DayKeys, 'list'>>>;
  /** Throws if something of a day cannot be destroyed, because it is damaged. */
  readonly expectWhole: (kept: KeptThing, day: Day) => Promise<void>;
  /** Destroys the key of a day, or its entries, for good, unless the day is held: then the answer is false. */
  readonly destroy: (kept: KeptThing, day: Day) => Promise<boolean>;
  /** The holds in force now. */
  readonly readHolds: () => Promise<readonly Hold[]>;
  /** Names of the logs whose contents these keys open. */
  readonly listLogs: () => Promise<readonly string[]>;
  /** The digests of a day's entries that stay, by log. */
  readonly describeLasting: (day: Day) => Promise<Readonly<Record<string, string>>>;
  /** First and last entries of a day's segments, by log: nothing else expires by what is said of that day. */
  readonly listSpans: (day: Day) => Promise<Readonly<Record<string, readonly EntrySpan[]>>>;
  /** Resolves once the entry is on stable storage. */
  readonly seal: (entry: EntryFields) => Promise<void>;
  /**
   * Resolves with true once all that was sealed before is vouched for as policy demands; with false if that
   * takes too long.
   */
  readonly waitForWitnesses: () => Promise<boolean>;
}

/** Days of which something was erased for good. */
export type ExpiredDays = Readonly<Record<KeptThing, readonly Day[]>>;

/** What became of the days whose time is over. */
export interface ExpiryOutcome {
  readonly expired: ExpiredDays;
  /** Why something of a day is still there: one for each. */
  readonly failures: readonly Error[];
}

/** Contents first: an entry that is gone has none. */
const KEPT_THINGS: readonly KeptThing[] = ['content', 'recordings', 'entries'];

/**
 * Destroys the keys, or the entries, of the days whose time is over: said in the ledger first, and only when that is
 * vouched for; what is held is left. Whatever instant it is interrupted at, the next run goes on: a day that was
 * said to expire and still has its key, or its entries, is said to expire again. A day that is damaged stays, and keeps no
 * other one.
 */
export async function expire(
  { contentMs, recordingsMs, entriesMs }: RetentionSettings,
  parts: ExpiryParts,
  nowMs: number,
): Promise<ExpiryOutcome> {
  const keptMs = { content: contentMs, recordings: recordingsMs, entries: entriesMs };
  const due: [KeptThing, Day][] = [];
  for (const kept of KEPT_THINGS) {
    const days = await findDue(keptMs[kept], parts.days[kept], nowMs);
    due.push(...days.map((day): [KeptThing, Day] => [kept, day]));
  }
  const holds = await parts.readHolds();
  const logs = await parts.listLogs();
  const failures: Error[] = [];
  const announced: [KeptThing, Day][] = [];
  for (const [kept, day] of due) {
    if (isHeld(holds, day)) continue;
    try {
      await parts.expectWhole(kept, day);
      announced.push([kept, day]);
    } catch (error) {
      failures.push(error as Error);
    }
  }
  for (const [kept, day] of announced) {
    const keptDays = Math.floor((keptMs[kept] ?? 0) / DAY_MS);
    const stays = kept === 'entries' ? { stays: await parts.describeLasting(day) } : {};
    // A recording's day is in its name, which its session's entries have.
    const spans = kept === 'recordings' ? {} : { spans: await parts.listSpans(day) };
    await parts.seal({
      kind: 'retention.expire',
      of: kept,
      day,
      keptDays,
      logs,
      ...stays,
      ...spans,
    });
  }
  const expired: Record<KeptThing, Day[]> = { content: [], recordings: [], entries: [] };
  const outcome = { expired, failures };
  if (announced.length === 0 || !(await parts.waitForWitnesses())) return outcome;
  for (const [kept, day] of announced) {
    // Witnesses can take their time, and a hold may have begun meanwhile.
    try {
      if (await parts.destroy(kept, day)) expired[kept].push(day);
    } catch (error) {
      failures.push(error as Error);
    }
  }
  return outcome;
}

async function findDue(
  keptMs: number | undefined,
  kept: Pick<DayKeys, 'list'>,
  nowMs: number,
): Promise<readonly Day[]> {
  if (keptMs === undefined) return [];
  const days = await kept.list();
  return days.filter((day) => Date.parse(day) + DAY_MS + keptMs + MIDNIGHT_MARGIN_MS <= nowMs);
}
