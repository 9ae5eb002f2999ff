import type { RetentionSettings } from '../../configuration/retention-settings.ts';
import type { Day, DayKeys } from '../../encryption/day-keys.ts';
import type { EntryFields } from '../ledger-port.ts';
import { type Hold, isHeld } from './retention-history.ts';

const DAY_MS = 86_400_000;
/** Entries around midnight may be sealed with the key of the day before. */
const MARGIN_MS = 3_600_000;

/** What of the things that are kept has a time of its own. */
export type KeptThing = 'content' | 'recordings';

/** What expiry works on. */
export interface ExpiryParts {
  readonly keys: Readonly<Record<KeptThing, Pick<DayKeys, 'list'>>>;
  /** Destroys the key of a day for good, unless the day is held: then the answer is false. */
  readonly destroy: (kept: KeptThing, day: Day) => Promise<boolean>;
  /** The holds in force now. */
  readonly readHolds: () => Promise<readonly Hold[]>;
  /** Names of the logs whose contents these keys open. */
  readonly listLogs: () => Promise<readonly string[]>;
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

/**
 * Destroys the keys of the days whose time is over: said in the ledger first, and only when that is vouched
 * for; what is held is left. Whatever instant it is interrupted at, the next run goes on: a day that was
 * said to expire and still has its key is said to expire again.
 */
export async function expire(
  { contentMs, recordingsMs }: RetentionSettings,
  parts: ExpiryParts,
  nowMs: number,
): Promise<ExpiredDays> {
  const due = {
    content: await findDue(contentMs, parts.keys.content, nowMs),
    recordings: await findDue(recordingsMs, parts.keys.recordings, nowMs),
  };
  const holds = await parts.readHolds();
  const logs = await parts.listLogs();
  const announced: [KeptThing, Day][] = [];
  for (const kept of ['content', 'recordings'] as const) {
    const keptDays = Math.floor(((kept === 'content' ? contentMs : recordingsMs) ?? 0) / DAY_MS);
    for (const day of due[kept].filter((one) => !isHeld(holds, one))) {
      await parts.seal({ kind: 'retention.expire', of: kept, day, keptDays, logs });
      announced.push([kept, day]);
    }
  }
  const expired: Record<KeptThing, Day[]> = { content: [], recordings: [] };
  if (announced.length === 0 || !(await parts.waitForWitnesses())) return expired;
  for (const [kept, day] of announced) {
    // Witnesses can take their time, and a hold may have begun meanwhile.
    if (await parts.destroy(kept, day)) expired[kept].push(day);
  }
  return expired;
}

async function findDue(
  keptMs: number | undefined,
  keys: Pick<DayKeys, 'list'>,
  nowMs: number,
): Promise<readonly Day[]> {
  if (keptMs === undefined) return [];
  const days = await keys.list();
  return days.filter((day) => Date.parse(day) + DAY_MS + keptMs + MARGIN_MS <= nowMs);
}
