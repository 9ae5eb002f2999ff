import path from 'node:path';
import type { Day } from '../../encryption/day-keys.ts';
import { decodeEntry, type Entry } from '../decode-entry.ts';
import { CHECKPOINTS_FILE } from '../ledger-layout.ts';
import { listLogs } from '../list-logs.ts';
import { LogTail } from '../log-tail.ts';
import { StatedSize } from '../read-stated-sizes.ts';
import { readRefused } from '../refused-ranges.ts';
import { readRetentionEntry } from '../verify-retention.ts';
import type { KeptThing } from './kept-thing.ts';

/** Nothing of some days may be erased. */
export interface Hold {
  readonly id: string;
  /** ISO 8601. */
  readonly since: string;
  /** First and last day. */
  readonly from: Day;
  readonly until: Day;
}

const KINDS: readonly Buffer[] = [
  '"kind":"hold.',
  '"kind":"retention.',
  '"kind":"ledger.resume"',
].map((text) => Buffer.from(text));
/** Bytes of an entry in which its kind is. */
const HEAD_BYTES = 128;

/** An entry which says that something of a day expires, and where it is. */
export interface SaidExpiry {
  readonly of: KeptThing;
  readonly day: Day;
  readonly log: string;
  readonly seq: number;
}

/** An entry which says that a hold ends, and where it is. */
interface SaidEnd extends Pick<SaidExpiry, 'log' | 'seq'> {
  readonly hold: string;
}

/** What a ledger says so far of keeping and erasing. */
export interface RetentionState {
  /** The holds in force now, by their ids. */
  readonly holds: readonly Hold[];
  /** Days whose contents were said to expire. */
  readonly expiredDays: ReadonlySet<Day>;
  /** The last entry of each thing and day, whether it came to that or not. */
  readonly expiries: readonly SaidExpiry[];
}

/** How far a log was read. */
interface LogReading {
  readonly tail: LogTail;
  readonly stated: StatedSize;
}

/**
 * Reads from the ledger itself what is held and what expired: a list beside it could be changed by who must
 * not. Each entry is read once.
 */
export class RetentionHistory {
  readonly #directory: string;
  readonly #logs = new Map<string, LogReading>();
  /** By id, ended or not: ends may be read before the beginnings, which are in other logs. */
  readonly #holds = new Map<string, Hold>();
  /** Both by log and number. */
  readonly #ends = new Map<string, SaidEnd>();
  readonly #expiries = new Map<string, SaidExpiry>();
  #reading: Promise<unknown> = Promise.resolve();

  /** @param directory `<data>/ledger`. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Reads what came since the last time.
   *
   * @throws {LedgerError} `ERR_LEDGER_CORRUPT` if entries are missing or damaged that were signed, or that have others behind
   *   them: a hold may be among them.
   */
  async read(): Promise<RetentionState> {
    const reading = this.#reading.then(() => this.#readOn());
    this.#reading = reading.catch(() => undefined);
    await reading;
    const ended = new Set([...this.#ends.values()].map(({ hold }) => hold));
    const holds = [...this.#holds.values()].filter(({ id }) => !ended.has(id));
    const said = [...this.#expiries.values()];
    return {
      holds: holds.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
      expiredDays: new Set(said.flatMap(({ of, day }) => (of === 'content' ? [day] : []))),
      expiries: [...new Map(said.map((one) => [`${one.of} ${one.day}`, one])).values()],
    };
  }

  async #readOn(): Promise<void> {
    for (const name of await listLogs(this.#directory)) {
      const { tail, stated } = this.#logs.get(name) ?? openLog(path.join(this.#directory, name));
      this.#logs.set(name, { tail, stated });
      // First: no checkpoint speaks of entries that come later.
      const signedSize = await stated.read();
      for await (const { bytes } of tail.readOn({ signedSize })) {
        const head = bytes.subarray(0, HEAD_BYTES);
        if (KINDS.some((kind) => head.includes(kind))) this.#take(bytes, name);
      }
    }
  }

  #take(bytes: Buffer, log: string): void {
    const entry = decodeEntry(bytes);
    if (entry === undefined) return;
    if (entry.kind === 'ledger.resume') this.#forgetRefused(log, entry);
    const said = readRetentionEntry(entry);
    const place = `${log} ${entry.seq}`;
    if (said?.kind === 'expire') {
      const { of, day, seq } = said;
      this.#expiries.set(place, { of, day, log, seq });
    }
    if (said?.kind === 'release') this.#ends.set(place, { hold: said.hold, log, seq: said.seq });
    if (said?.kind === 'hold') {
      const { hold, at, from, until } = said;
      this.#holds.set(hold, { id: hold, since: at, from, until });
    }
  }

  /** What permits to erase does so only if it was said; what forbids it does so in any case. */
  #forgetRefused(log: string, resume: Entry): void {
    const isRefused = readRefused(resume);
    for (const said of [this.#ends, this.#expiries]) {
      for (const [place, one] of said) {
        if (one.log === log && isRefused(one.seq)) said.delete(place);
      }
    }
  }
}

function openLog(directory: string): LogReading {
  const stated = new StatedSize(path.join(directory, CHECKPOINTS_FILE));
  return { tail: new LogTail(directory), stated };
}

/** Whether a hold forbids to erase what is of a day. */
export function isHeld(holds: readonly Hold[], day: Day): boolean {
  return holds.some(({ from, until }) => from <= day && day <= until);
}
