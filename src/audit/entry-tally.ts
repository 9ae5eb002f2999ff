import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { decodeEntry, type Entry } from './decode-entry.ts';
import { KEYS_DIRECTORY } from './ledger-layout.ts';
import { sumCounts } from './ledger-meter.ts';
import { LogTail } from './log-tail.ts';
import { LOG_NAME } from './segment-format.ts';

/** What the ledger's logs of one machine say that happened since an instant. */
export interface EntryCounts {
  readonly sessions: number;
  readonly operations: number;
  readonly refusals: number;
  /** Masked at the source, and found in texts and masked. */
  readonly maskedValues: number;
}

const NOTHING: EntryCounts = { sessions: 0, operations: 0, refusals: 0, maskedValues: 0 };
/** Bytes of an entry in which its leading fields are. */
const HEAD_BYTES = 160;

/**
 * Counts entries as they come: each is read once, however often the counts are asked for. May run beside
 * the gateway.
 */
export class EntryTally {
  readonly #ledgerDirectory: string;
  readonly #tails = new Map<string, LogTail>();
  #sinceMs = Number.NaN;
  /** By log. */
  readonly #counts = new Map<string, EntryCounts>();
  #reading: Promise<EntryCounts> | undefined;

  /** @param ledgerDirectory `<data>/ledger`. */
  constructor(ledgerDirectory: string) {
    this.#ledgerDirectory = ledgerDirectory;
  }

  /** @param sinceMs Milliseconds since the Unix epoch; it may move forward from call to call. */
  read(sinceMs: number): Promise<EntryCounts> {
    this.#reading ??= this.#readOn(sinceMs).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOn(sinceMs: number): Promise<EntryCounts> {
    if (sinceMs !== this.#sinceMs) {
      // What was read before is older: another day has begun.
      this.#counts.clear();
      this.#sinceMs = sinceMs;
    }
    for (const log of await readdir(this.#ledgerDirectory, { withFileTypes: true })) {
      const { name } = log;
      if (!log.isDirectory() || !LOG_NAME.test(name) || name === KEYS_DIRECTORY) continue;
      let tail = this.#tails.get(name);
      if (tail === undefined) {
        tail = new LogTail(path.join(this.#ledgerDirectory, name));
        await this.#skipOlder(tail, path.join(this.#ledgerDirectory, name));
        this.#tails.set(name, tail);
      }
      // After a failure of the disk the log is read from its beginning.
      const onRewind = (): void => void this.#counts.delete(name);
      for await (const { bytes } of tail.readOn({ onRewind })) this.#count(name, bytes);
    }
    return [...this.#counts.values()].reduce(add, NOTHING);
  }

  /** Begins at the last segment that begins before the instant: what lies before it is older. */
  async #skipOlder(tail: LogTail, directory: string): Promise<void> {
    for (const segment of (await tail.listSegments()).toReversed()) {
      const first = await readFirst(directory, segment);
      if (first === undefined || Date.parse(first.at) >= this.#sinceMs) continue;
      tail.startAt(segment);
      return;
    }
  }

  #count(log: string, bytes: Buffer): void {
    const head = bytes.toString('latin1', 0, HEAD_BYTES);
    const kind = /"kind":"([a-z.-]+)"/.exec(head)?.[1] ?? '';
    const at = /"at":"([^"]{24})"/.exec(head)?.[1] ?? '';
    if (!(Date.parse(at) >= this.#sinceMs)) return;
    const one = countOf(kind, bytes);
    if (one !== undefined) this.#counts.set(log, add(this.#counts.get(log) ?? NOTHING, one));
  }
}

function countOf(kind: string, bytes: Buffer): EntryCounts | undefined {
  switch (kind) {
    case 'session.start':
      return { ...NOTHING, sessions: 1 };
    case 'operation':
      return { ...NOTHING, operations: 1 };
    case 'operation.refuse':
      return { ...NOTHING, refusals: 1 };
    case 'result': {
      const entry = decodeEntry(bytes);
      const maskedValues = sumCounts(entry?.['masked']) + sumCounts(entry?.['found']);
      return { ...NOTHING, maskedValues };
    }
    default:
      return undefined;
  }
}

function add(one: EntryCounts, other: EntryCounts): EntryCounts {
  return {
    sessions: one.sessions + other.sessions,
    operations: one.operations + other.operations,
    refusals: one.refusals + other.refusals,
    maskedValues: one.maskedValues + other.maskedValues,
  };
}

async function readFirst(directory: string, segment: string): Promise<Entry | undefined> {
  const tail = new LogTail(directory);
  tail.startAt(segment);
  for await (const record of tail.readOn()) {
    return record.segment === segment ? decodeEntry(record.bytes) : undefined;
  }
  return undefined;
}
