import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Day } from '../../encryption/day-keys.ts';
import { findAtMs, findKind } from '../decode-entry.ts';
import { addLasting, LASTING_KINDS, NOTHING_LASTS } from '../lasting-entries.ts';
import { LedgerError } from '../ledger-error.ts';
import { CHECKPOINTS_FILE } from '../ledger-layout.ts';
import { lockLog } from '../ledger-lock.ts';
import { listLogs } from '../list-logs.ts';
import { LogTail } from '../log-tail.ts';
import { hashLeaf } from '../merkle-frontier.ts';
import { readSegment } from '../read-segment.ts';
import { StatedSize } from '../read-stated-sizes.ts';
import { parseSegmentFileName, type SegmentHeader } from '../segment-format.ts';
import { eraseContents, hasContents } from './erase-contents.ts';
import { MIDNIGHT_MARGIN_MS } from './expire.ts';
import { expireEntries, thinSegment } from './expire-entries.ts';

const DAY_MS = 86_400_000;

/** Sequence numbers of the first and the last of entries in a row. */
export type EntrySpan = readonly [number, number];

/** Days of which there are segments, in order. One whose expiry was interrupted is among both. */
export interface SegmentDays {
  /** Of which there are segments with all their entries. */
  readonly whole: readonly Day[];
  /** Of which there are segments whose entries have expired. */
  readonly thinned: readonly Day[];
}

/** What is known of a segment. */
interface SegmentFacts {
  readonly day: Day;
  readonly isThinned: boolean;
}

interface Segment extends SegmentFacts {
  /** Its path. */
  readonly segment: string;
  /** First entry of the next one. */
  readonly untilSeq: number;
}

/** Erases what is left of contents whose keys were destroyed, and entries that expired, in all logs of a ledger. */
export class LedgerSweep {
  readonly #directory: string;
  /** Segments that need not be looked at again. */
  readonly #swept = new Set<string>();
  readonly #facts = new Map<string, SegmentFacts>();
  /** Whether the entries of a segment are of its day, or earlier. */
  readonly #isOfItsDay = new Map<string, boolean>();

  /** @param directory `<data>/ledger`. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Segments, below the ledger's directory, whose entries are later than the day that their header names. */
  get misdated(): readonly string[] {
    const found = [...this.#isOfItsDay].flatMap(([segment, isOf]) => (isOf ? [] : segment));
    return found.map((segment) => path.relative(this.#directory, segment)).toSorted();
  }

  /** Erases contents. @param days Whose keys were destroyed. @returns Of how many segments. */
  async run(days: ReadonlySet<Day>): Promise<number> {
    let count = 0;
    if (days.size === 0) return count;
    const isLeft = ({ day, segment }: Segment): boolean =>
      days.has(day) && !this.#swept.has(segment);
    for await (const { segment } of this.#visit(isLeft)) {
      if (!(await this.#bearsOut(segment))) continue;
      if (await hasContents(segment)) {
        await eraseContents(segment);
        count += 1;
      }
      this.#swept.add(segment);
    }
    return count;
  }

  /** Leaves out segments that are written just now. */
  async listDays(isWanted: (day: Day) => boolean): Promise<SegmentDays> {
    const whole = new Set<Day>();
    const thinned = new Set<Day>();
    for await (const { day, isThinned, segment } of this.#visit((it) => isWanted(it.day))) {
      if (this.#isOfItsDay.get(segment) === false) continue;
      (isThinned ? thinned : whole).add(day);
    }
    return { whole: [...whole].toSorted(), thinned: [...thinned].toSorted() };
  }

  /** The last day of which entries have expired. */
  async findLastExpiredDay(): Promise<Day | undefined> {
    let last: Day | undefined;
    for (const name of await listLogs(this.#directory)) {
      const log = path.join(this.#directory, name);
      for (const segment of await new LogTail(log).listSegments()) {
        const facts = await this.#read(path.join(log, segment));
        if (facts?.isThinned === true && facts.day > (last ?? '')) last = facts.day;
      }
    }
    return last;
  }

  /** Where the entries of a day are, by log: those that expire with it. */
  listSpans(day: Day): Promise<Readonly<Record<string, readonly EntrySpan[]>>> {
    return this.#listSpans((facts) => facts.day === day);
  }

  /** Where entries of some days were that have expired, by log. */
  listThinned(days: readonly Day[]): Promise<Readonly<Record<string, readonly EntrySpan[]>>> {
    return this.#listSpans(({ day, isThinned }) => isThinned && days.includes(day));
  }

  async #listSpans(
    isWanted: (facts: SegmentFacts) => boolean,
  ): Promise<Readonly<Record<string, readonly EntrySpan[]>>> {
    const spans: Record<string, EntrySpan[]> = {};
    for (const name of await listLogs(this.#directory)) {
      const log = path.join(this.#directory, name);
      const files = await new LogTail(log).listSegments();
      for (const [index, file] of files.entries()) {
        const segment = path.join(log, file);
        const facts = await this.#read(segment);
        if (facts === undefined || !isWanted(facts) || !(await this.#bearsOut(segment))) continue;
        const first = parseSegmentFileName(file) ?? 0;
        const end = parseSegmentFileName(files[index + 1] ?? '') ?? (await findEnd(log, file));
        if (end > first) addSpan((spans[name] ??= []), [first, end - 1]);
      }
    }
    return spans;
  }

  /** The digests of a day's entries that stay, by log; see `addLasting`. */
  async describeLasting(day: Day): Promise<Readonly<Record<string, string>>> {
    const digests: Record<string, string> = {};
    for (const name of await listLogs(this.#directory)) {
      for await (const leafHash of this.#listLasting(path.join(this.#directory, name), day)) {
        digests[name] = addLasting(digests[name] ?? NOTHING_LASTS, leafHash);
      }
    }
    return digests;
  }

  async *#listLasting(log: string, day: Day): AsyncGenerator<string, void> {
    const tail = new LogTail(log);
    const isWanted = (entry: Buffer): boolean => LASTING_KINDS.has(findKind(entry));
    for (const segment of await tail.listSegments()) {
      if ((await this.#read(path.join(log, segment)))?.day !== day) continue;
      tail.startAt(segment);
      for await (const record of tail.readOn({ isWanted })) {
        if (record.segment !== segment) break;
        if (isWanted(record.bytes)) yield hashLeaf(record.bytes);
      }
    }
  }

  /** Leaves hashes in the place of the entries of a day. */
  async expireEntries(day: Day): Promise<void> {
    const isLeft = (segment: Segment): boolean => segment.day === day && !segment.isThinned;
    for await (const { segment, untilSeq } of this.#visit(isLeft)) {
      if (!(await this.#bearsOut(segment))) continue;
      await expireEntries(segment, untilSeq, await readSignedSize(segment, untilSeq));
      this.#facts.set(segment, { day, isThinned: true });
    }
  }

  /** @throws {LedgerError} `ERR_LEDGER_CORRUPT` if entries of a day cannot expire, because some are damaged. */
  async expectWhole(day: Day): Promise<void> {
    const isLeft = (segment: Segment): boolean => segment.day === day && !segment.isThinned;
    for await (const { segment, untilSeq } of this.#visit(isLeft)) {
      if (!(await this.#bearsOut(segment))) continue;
      await thinSegment(segment, untilSeq, await readSignedSize(segment, untilSeq));
    }
  }

  /** The segments of all logs that are wanted and that nobody writes. */
  async *#visit(isWanted: (segment: Segment) => boolean): AsyncGenerator<Segment, void> {
    for (const name of await listLogs(this.#directory)) {
      const log = path.join(this.#directory, name);
      const files = (await readdir(log)).filter((file) => parseSegmentFileName(file) !== undefined);
      const firsts = files.toSorted();
      for (const [index, file] of firsts.entries()) {
        const segment = path.join(log, file);
        const facts = await this.#read(segment);
        const untilSeq = parseSegmentFileName(firsts[index + 1] ?? '');
        const found = facts && { ...facts, segment, untilSeq: untilSeq ?? Infinity };
        if (found === undefined || !isWanted(found)) continue;
        // The last one may be written just now, unless nobody writes the log.
        await using lock = untilSeq === undefined ? await lockUnlessWritten(log) : undefined;
        if (untilSeq !== undefined || lock !== undefined) yield found;
      }
    }
  }

  /**
   * Whether a segment is of the day that its header names: nobody signs that, and what is later must not go with it.
   * Nobody writes it any more.
   */
  async #bearsOut(segment: string): Promise<boolean> {
    const known = this.#isOfItsDay.get(segment);
    if (known !== undefined) return known;
    const { day } = (await this.#read(segment)) ?? { day: '' };
    const endMs = Date.parse(day) + DAY_MS + MIDNIGHT_MARGIN_MS;
    const isOf = await isEvery(segment, (entry) => findAtMs(entry) < endMs);
    this.#isOfItsDay.set(segment, isOf);
    return isOf;
  }

  async #read(segment: string): Promise<SegmentFacts | undefined> {
    const known = this.#facts.get(segment);
    if (known !== undefined) return known;
    const header = await readSegmentHeader(segment);
    if (header === undefined) return undefined;
    const facts = { day: header.contentKey.day, isThinned: header.isThinned };
    this.#facts.set(segment, facts);
    return facts;
  }
}

/** How many entries of a segment's log were signed: that matters only of its last segment, and there are many checkpoints. */
async function readSignedSize(segment: string, untilSeq: number): Promise<number> {
  if (untilSeq !== Infinity) return Infinity;
  return new StatedSize(path.join(path.dirname(segment), CHECKPOINTS_FILE)).read();
}

/** Joins it to the last one, if that ends where it begins. */
function addSpan(spans: EntrySpan[], [first, last]: EntrySpan): void {
  const before = spans.at(-1);
  if (before?.[1] === first - 1) spans.splice(-1, 1, [before[0], last]);
  else spans.push([first, last]);
}

/** The number behind the last entry of a log, given its last segment. */
async function findEnd(log: string, segment: string): Promise<number> {
  const tail = new LogTail(log);
  tail.startAt(segment);
  for await (const { segment: other } of tail.readOn()) if (other !== segment) break;
  return tail.seq;
}

async function isEvery(segment: string, isSo: (entry: Buffer) => boolean): Promise<boolean> {
  for await (const part of readSegment(segment)) {
    if (part.kind !== 'run') continue;
    const { bytes, records } = part;
    if (!records.every(({ start, entryEnd }) => isSo(bytes.subarray(start, entryEnd))))
      return false;
  }
  return true;
}

async function lockUnlessWritten(log: string): Promise<AsyncDisposable | undefined> {
  try {
    return await lockLog(log);
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'ERR_LEDGER_LOCKED') return undefined;
    throw error;
  }
}

/** The day whose key wraps the contents of a segment. */
export async function readDay(segment: string): Promise<Day | undefined> {
  return (await readSegmentHeader(segment))?.contentKey.day;
}

/** Undefined if it has none that can be read. */
export async function readSegmentHeader(segment: string): Promise<SegmentHeader | undefined> {
  for await (const part of readSegment(segment)) {
    return part.kind === 'header' ? part.header : undefined;
  }
  return undefined;
}
