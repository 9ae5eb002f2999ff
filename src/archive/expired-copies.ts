import { rm } from 'node:fs/promises';
import path from 'node:path';
import { hasContents } from '../audit/retention/erase-contents.ts';
import type { KeptThing } from '../audit/retention/kept-thing.ts';
import type { SaidExpiry } from '../audit/retention/retention-history.ts';
import { readSegmentHeader } from '../audit/retention/sweep-ledger.ts';
import { parseSegmentFileName } from '../audit/segment-format.ts';
import type { Day } from '../encryption/day-keys.ts';
import type { ArchiveJournal, StoredFile } from './archive-journal.ts';
import type { ObjectStore } from './object-store.ts';

/** What in the archive followed an expiry. */
export interface FollowedCopy {
  /** Of a segment, or of a day of recordings: with a slash at its end. */
  readonly name: string;
  readonly of: KeptThing;
  /** Milliseconds since the Unix epoch, until which locks keep what was there before; absent if it is gone. */
  readonly lockedUntilMs?: number;
}

/** What following needs. */
export interface ExpiredCopiesParts {
  readonly dataDirectory: string;
  readonly store: Pick<ObjectStore, 'remove'>;
  readonly stored: ArchiveJournal<StoredFile>;
  readonly followed: ArchiveJournal<FollowedCopy>;
  /** What expired here, by the ledger. */
  readonly listExpiries: () => Promise<readonly SaidExpiry[]>;
  /** How many entries of a log the archive's copy proves by itself. */
  readonly findProvenEntries: (log: string) => number;
  /** Stores a file in the place of the one that was stored under its name. */
  readonly storeAgain: (name: string, signal: AbortSignal) => Promise<void>;
  readonly nowMs: () => number;
}

/**
 * Has the archive's copies follow what expired here. A segment is stored as it is by now, and then what it was before is
 * removed; recordings are removed. What an Object Lock keeps goes when its time is over. It waits until the archive itself has
 * the entry that says so, signed: at no instant its copy of the ledger lacks something for no reason.
 *
 * Whatever instant it is interrupted at, the next run goes on: what is done twice is the same.
 */
export class ExpiredCopies {
  readonly #parts: ExpiredCopiesParts;
  /** By name, of segments. */
  readonly #days = new Map<string, Day>();

  constructor(parts: ExpiredCopiesParts) {
    this.#parts = parts;
  }

  /** @throws {ArchiveError} */
  async follow(signal: AbortSignal): Promise<void> {
    const { listExpiries, findProvenEntries, stored } = this.#parts;
    const expiries = (await listExpiries()).filter(({ log, seq }) => seq < findProvenEntries(log));
    const daysOf = (thing: KeptThing): ReadonlySet<Day> =>
      new Set(expiries.filter(({ of }) => of === thing).map(({ day }) => day));
    for (const day of daysOf('recordings')) await this.#removeRecordings(day, signal);
    const days = { content: daysOf('content'), entries: daysOf('entries') };
    if (days.content.size + days.entries.size === 0) return;
    for (const { name } of [...stored.list()]) {
      if (parseSegmentFileName(path.basename(name)) === undefined) continue;
      await this.#followSegment(name, days, signal);
    }
  }

  async #removeRecordings(day: Day, signal: AbortSignal): Promise<void> {
    const { dataDirectory, stored } = this.#parts;
    const name = `recordings/${day}/`;
    if (!this.#isLeft(name, 'recordings')) return;
    // A playback may have brought one back.
    await rm(path.join(dataDirectory, name), { recursive: true, force: true });
    for (const file of [...stored.list()]) {
      if (file.name.startsWith(name)) await stored.forget(file.name);
    }
    await this.#remove({ name, of: 'recordings' }, 'nothing', signal);
  }

  async #followSegment(
    name: string,
    days: Readonly<Record<'content' | 'entries', ReadonlySet<Day>>>,
    signal: AbortSignal,
  ): Promise<void> {
    const { dataDirectory, followed, storeAgain } = this.#parts;
    const segment = path.join(dataDirectory, name);
    const day = this.#days.get(name) ?? (await readSegmentHeader(segment))?.contentKey.day;
    if (day === undefined) return;
    this.#days.set(name, day);
    const isDue = (of: 'content' | 'entries'): boolean =>
      days[of].has(day) && this.#isLeft(name, of);
    if (!isDue('content') && !isDue('entries')) return;
    const of = await findExpired(segment);
    if (of === undefined || !isDue(of)) return;
    if (followed.find(name)?.of !== of) await storeAgain(name, signal);
    await this.#remove({ name, of }, 'newest', signal);
  }

  /** Whether there is something to do: entries go after contents, and nothing goes after them. */
  #isLeft(name: string, of: KeptThing): boolean {
    const { followed, nowMs } = this.#parts;
    const done = followed.find(name);
    if (done === undefined) return true;
    if (done.of !== of) return done.of === 'content';
    return done.lockedUntilMs !== undefined && done.lockedUntilMs <= nowMs();
  }

  async #remove(
    copy: FollowedCopy,
    keep: 'nothing' | 'newest',
    signal: AbortSignal,
  ): Promise<void> {
    const { store, followed } = this.#parts;
    const lockedUntilMs = await store.remove(copy.name, keep, signal);
    await followed.add({ ...copy, ...(lockedUntilMs !== undefined && { lockedUntilMs }) });
  }
}

/** What of a segment is gone here. */
async function findExpired(segment: string): Promise<'content' | 'entries' | undefined> {
  const header = await readSegmentHeader(segment);
  if (header === undefined) return undefined;
  if (header.isThinned) return 'entries';
  return (await hasContents(segment)) ? undefined : 'content';
}
