import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './checkpoint-file.ts';
import { type ContentKeys, ContentOpener, contentOf } from './content-opener.ts';
import { decodeEntry, type Entry } from './decode-entry.ts';
import { LedgerError } from './ledger-error.ts';
import type { StoredEntry } from './read-entries.ts';
import { readSegment } from './read-segment.ts';
import { parseSegmentFileName } from './segment-format.ts';

/** Where the entries of one session are. */
export interface SessionSpan {
  /** The log of the process that served it. */
  readonly logName: string;
  readonly session: string;
  /** Milliseconds since the Unix epoch; nothing of it is older. */
  readonly startedAtMs: number;
}

/**
 * Reads the entries of one session, oldest first, up to its end. Only the segments are opened that can
 * hold some. May run beside the gateway; checks CRCs only.
 *
 * @param ledgerDirectory `<data>/ledger`.
 * @param keys Open the contents. Undefined leaves them sealed.
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` at a damaged record.
 */
export async function* readSessionEntries(
  ledgerDirectory: string,
  { logName, session, startedAtMs }: SessionSpan,
  keys?: ContentKeys,
): AsyncGenerator<StoredEntry, void> {
  const directory = path.join(ledgerDirectory, logName);
  const needle = Buffer.from(JSON.stringify(session));
  const contents = new ContentOpener(keys);
  const segments = await findSegments(directory, startedAtMs);
  for (const [index, segment] of segments.entries()) {
    // After a failure the next one takes over what this one has from there on.
    const nextSeq = firstSeqOf(segments[index + 1]) ?? Number.POSITIVE_INFINITY;
    let seq = firstSeqOf(segment) ?? 0;
    for await (const part of readSegment(segment)) {
      if (part.kind === 'end' && part.damage !== undefined && seq < nextSeq) {
        throw damaged(segment, part.damage);
      }
      if (part.kind === 'header') await contents.enter(part.header);
      if (part.kind === 'expired') seq += part.leafHashes.length;
      if (part.kind !== 'run') continue;
      for (const frame of part.records) {
        if (seq >= nextSeq) break;
        seq += 1;
        const bytes = part.bytes.subarray(frame.start, frame.entryEnd);
        if (!bytes.includes(needle)) continue;
        const entry = decodeEntry(bytes);
        if (entry === undefined) throw damaged(segment, 'it is not an entry');
        if (entry.session !== session) continue;
        yield { logName, ...contents.fill(entry, contentOf(part.bytes, frame)), bytes };
        if (entry.kind === 'session.end') return;
      }
    }
  }
}

/** Segments from the last one that begins before an instant; in order. */
async function findSegments(directory: string, fromMs: number): Promise<readonly string[]> {
  const names = (await listFiles(directory))
    .filter((name) => parseSegmentFileName(name) !== undefined)
    .toSorted();
  let first = names.length - 1;
  while (first > 0) {
    const entry = await readFirstEntry(path.join(directory, names[first] ?? ''));
    // Entries of one moment may lie on both sides.
    if (entry !== undefined && Date.parse(entry.at) < fromMs) break;
    first -= 1;
  }
  return names.slice(Math.max(0, first)).map((name) => path.join(directory, name));
}

/** A log that another machine keeps is not here: nothing of it can be read. */
async function listFiles(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readFirstEntry(segment: string): Promise<Entry | undefined> {
  for await (const part of readSegment(segment)) {
    if (part.kind !== 'run') continue;
    const [first] = part.records;
    return first && decodeEntry(part.bytes.subarray(first.start, first.entryEnd));
  }
  return undefined;
}

/** By its name. */
function firstSeqOf(segment = ''): number | undefined {
  return parseSegmentFileName(path.basename(segment));
}

function damaged(segment: string, reason: string): LedgerError {
  const message = `Cannot read ${segment}: a record is damaged: ${reason}`;
  return new LedgerError('ERR_LEDGER_CORRUPT', message);
}
