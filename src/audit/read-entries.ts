import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type ContentKeys, ContentOpener, type ContentState, contentOf } from './content-opener.ts';
import { decodeEntry, type Entry } from './decode-entry.ts';
import { LedgerError } from './ledger-error.ts';
import { KEYS_DIRECTORY } from './ledger-layout.ts';
import type { EntryKind } from './ledger-port.ts';
import { readSegment } from './read-segment.ts';
import { LOG_NAME, parseSegmentFileName } from './segment-format.ts';

/** Which entries are wanted. What is left out does not matter. */
export interface EntryFilter {
  readonly logName?: string;
  readonly session?: string;
  readonly kinds?: ReadonlySet<EntryKind>;
  /** Milliseconds since the Unix epoch, inclusive. */
  readonly sinceMs?: number;
  /** Milliseconds since the Unix epoch, exclusive. */
  readonly untilMs?: number;
}

/** An entry and where it stands. */
export interface StoredEntry {
  readonly logName: string;
  /** With the fields of its content, if that is `open`. */
  readonly entry: Entry;
  readonly content: ContentState;
  /** As stored and hashed. */
  readonly bytes: Buffer;
}

/**
 * Reads the entries of all logs of a ledger directory (`<data>/ledger`), in the order of their times as
 * far as each log is in that order. May run beside the gateway: an entry that is being written is left
 * out. Checks CRCs only; `verifyLedger` says whether the entries are the ones that were written.
 *
 * @param keys Open the contents. Undefined leaves them sealed.
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` at a damaged record.
 */
export async function* readEntries(
  ledgerDirectory: string,
  filter: EntryFilter = {},
  keys?: ContentKeys,
): AsyncGenerator<StoredEntry, void> {
  const names = await readdir(ledgerDirectory, { withFileTypes: true });
  const logs = names
    .filter((entry) => entry.isDirectory() && LOG_NAME.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => name !== KEYS_DIRECTORY && (filter.logName ?? name) === name)
    .toSorted();
  const heads: Head[] = [];
  try {
    for (const logName of logs) {
      const place = { logName, directory: path.join(ledgerDirectory, logName) };
      await advance({ rest: readLog(place, filter, keys), next: undefined }, heads);
    }
    while (heads.length > 0) {
      // Gateways are few: looking at each head costs less than keeping them sorted.
      const earliest = heads.reduce((a, b) => (b.next.entry.at < a.next.entry.at ? b : a));
      yield earliest.next;
      heads.splice(heads.indexOf(earliest), 1);
      await advance(earliest, heads);
    }
  } finally {
    // Whoever has read enough leaves files open otherwise.
    for (const { rest } of heads) await rest.return();
  }
}

interface Head {
  readonly rest: AsyncGenerator<StoredEntry, void>;
  readonly next: StoredEntry;
}

async function advance(
  { rest }: Pick<Head, 'rest'> & { next: unknown },
  heads: Head[],
): Promise<void> {
  const { value } = await rest.next();
  if (value !== undefined) heads.push({ rest, next: value });
}

async function* readLog(
  { logName, directory }: { readonly logName: string; readonly directory: string },
  filter: EntryFilter,
  keys: ContentKeys,
): AsyncGenerator<StoredEntry, void> {
  const segments = (await readdir(directory))
    .filter((name) => parseSegmentFileName(name) !== undefined)
    .toSorted();
  const wants = matcher(filter);
  const contents = new ContentOpener(keys);
  for (const [index, name] of segments.entries()) {
    const nextSeq = parseSegmentFileName(segments[index + 1] ?? '') ?? Number.POSITIVE_INFINITY;
    const segmentPath = path.join(directory, name);
    let seq = parseSegmentFileName(name) ?? 0;
    for await (const part of readSegment(segmentPath)) {
      if (part.kind === 'end' && part.damage !== undefined && seq < nextSeq) {
        throw corrupt(segmentPath, part.offset, part.damage);
      }
      if (part.kind === 'header') await contents.enter(part.header);
      if (part.kind === 'expired') seq += part.leafHashes.length;
      if (part.kind !== 'run') continue;
      for (const frame of part.records) {
        if (seq >= nextSeq) break;
        seq += 1;
        const { start, entryEnd } = frame;
        const bytes = part.bytes.subarray(start, entryEnd);
        const entry = wants(bytes);
        if (entry === 'malformed') throw corrupt(segmentPath, part.offset + start, 'not an entry');
        if (entry === undefined) continue;
        yield { logName, ...contents.fill(entry, contentOf(part.bytes, frame)), bytes };
      }
    }
  }
}

/** Decodes an entry if it may be wanted. */
function matcher(filter: EntryFilter): (bytes: Buffer) => Entry | 'malformed' | undefined {
  const { session, kinds, sinceMs, untilMs } = filter;
  const needle = session === undefined ? undefined : Buffer.from(JSON.stringify(session));
  return (bytes) => {
    if (needle !== undefined && !bytes.includes(needle)) return undefined;
    const entry = decodeEntry(bytes);
    if (entry === undefined) return 'malformed';
    if (session !== undefined && entry.session !== session) return undefined;
    if (kinds !== undefined && !kinds.has(entry.kind)) return undefined;
    const atMs = Date.parse(entry.at);
    const isWithin = atMs >= (sinceMs ?? -Infinity) && atMs < (untilMs ?? Infinity);
    return isWithin ? entry : undefined;
  };
}

function corrupt(segmentPath: string, offset: number, reason: string): LedgerError {
  return new LedgerError(
    'ERR_LEDGER_CORRUPT',
    `Cannot read ${segmentPath}: record at byte ${offset} is damaged: ${reason}`,
  );
}
