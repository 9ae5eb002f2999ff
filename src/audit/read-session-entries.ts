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
  for (const segment of await findSegments(directory, startedAtMs)) {
    for await (const part of readSegment(segment)) {
      if (part.kind === 'header') await contents.enter(part.header);
      if (part.kind !== 'run') continue;
      for (const frame of part.records) {
        const bytes = part.bytes.subarray(frame.start, frame.entryEnd);
        if (!bytes.includes(needle)) continue;
        const entry = decodeEntry(bytes);
        if (entry === undefined) throw damaged(segment);
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

function damaged(segment: string): LedgerError {
  return new LedgerError('ERR_LEDGER_CORRUPT', `Cannot read ${segment}: a record is not an entry`);
}
