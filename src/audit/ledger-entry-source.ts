import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type ContentKeys, ContentOpener } from './content-opener.ts';
import { decodeEntry, type Entry, findAtMs, findKind } from './decode-entry.ts';
import type { EntrySource, LogPlace, SourceEntry } from './entry-source.ts';
import { LedgerError } from './ledger-error.ts';
import { KEYS_DIRECTORY } from './ledger-layout.ts';
import { LogTail, type TailRecord } from './log-tail.ts';
import { hashLeaf } from './merkle-frontier.ts';
import { LOG_NAME, parseSegmentFileName } from './segment-format.ts';

/** Reads the logs of a ledger's files, beside the gateway that writes them. */
export class LedgerEntrySource implements EntrySource {
  readonly #directory: string;
  readonly #keys: ContentKeys;

  /**
   * @param directory `<data>/ledger`.
   * @param keys Open the contents of entries.
   */
  constructor(directory: string, keys: ContentKeys) {
    this.#directory = directory;
    this.#keys = keys;
  }

  async listLogs(): Promise<readonly string[]> {
    const names = await readdir(this.#directory, { withFileTypes: true });
    return names
      .filter((entry) => entry.isDirectory() && LOG_NAME.test(entry.name))
      .map(({ name }) => name)
      .filter((name) => name !== KEYS_DIRECTORY)
      .toSorted();
  }

  /** @throws {LedgerError} `ERR_LEDGER_CORRUPT` at a record that is not an entry. */
  async *readOn(
    log: string,
    place: LogPlace | undefined,
    kinds?: ReadonlySet<string>,
  ): AsyncGenerator<SourceEntry, void> {
    const tail = new LogTail(path.join(this.#directory, log));
    const startsBehind = await startTail(tail, place);
    const contents = new ContentOpener(this.#keys);
    let isRewound = false;
    const isWanted = (entry: Buffer): boolean => kinds?.has(findKind(entry)) ?? true;
    for await (const record of tail.readOn({ onRewind: () => (isRewound = true), isWanted })) {
      // The log went on elsewhere while it was listed: the next call sees where.
      if (isRewound) return;
      if (startsBehind && record.seq === place?.seq) continue;
      await contents.enter(record.header);
      yield describe(log, record, contents);
    }
  }

  async findPlace(log: string, sinceMs: number): Promise<LogPlace | undefined> {
    const tail = new LogTail(path.join(this.#directory, log));
    // Clocks can be set back, within a segment too: only a look at each entry says which is the first of the time.
    const isSince = (entry: Buffer): boolean => findAtMs(entry) >= sinceMs;
    let before: LogPlace | undefined;
    for await (const record of tail.readOn({ isWanted: isSince })) {
      if (isSince(record.bytes)) return placeBefore(record, await tail.listSegments());
      before = placeOf(record);
    }
    return before;
  }
}

/** A place from which a record is the next one: it need not be known where the one before it begins. */
function placeBefore(
  { seq, segment }: TailRecord,
  segments: readonly string[],
): LogPlace | undefined {
  const isFirst = seq === parseSegmentFileName(segment);
  const within = isFirst ? segments.findLast((name) => name < segment) : segment;
  return within === undefined ? undefined : { seq: seq - 1, segment: within, offset: 0 };
}

/** @returns Whether the first record that is read is the one of the place, which was read before. */
async function startTail(tail: LogTail, place: LogPlace | undefined): Promise<boolean> {
  if (place === undefined) return false;
  const segments = await tail.listSegments();
  const rewound = segments.find(
    (segment) => segment > place.segment && (parseSegmentFileName(segment) ?? 0) <= place.seq,
  );
  if (rewound !== undefined) {
    tail.startAt(rewound);
    return false;
  }
  if (segments.includes(place.segment)) {
    tail.resumeAt(place);
    return true;
  }
  const behind = segments.find((segment) => (parseSegmentFileName(segment) ?? 0) > place.seq);
  if (behind !== undefined) tail.startAt(behind);
  return false;
}

function placeOf({ seq, segment, offset }: TailRecord): LogPlace {
  return { seq, segment, offset };
}

function decode(log: string, { bytes, segment, offset }: TailRecord): Entry {
  const entry = decodeEntry(bytes);
  if (entry !== undefined) return entry;
  throw new LedgerError(
    'ERR_LEDGER_CORRUPT',
    `Cannot read ${log}/${segment}: record at byte ${offset} is not an entry`,
  );
}

function describe(log: string, record: TailRecord, contents: ContentOpener): SourceEntry {
  const entry = decode(log, record);
  return {
    log,
    entry,
    content: contents.open(entry, record.content),
    leafHash: hashLeaf(record.bytes),
    bytes: record.bytes.length + (record.content?.bytes.length ?? 0),
    place: placeOf(record),
  };
}
