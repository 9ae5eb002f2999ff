import path from 'node:path';
import { type ContentKeys, ContentOpener } from './content-opener.ts';
import { decodeEntry } from './decode-entry.ts';
import { LogTail } from './log-tail.ts';
import type { StoredEntry } from './read-entries.ts';

const OPERATION = Buffer.from('"kind":"operation');
/** Bytes of an entry in which its leading fields are. */
const HEAD_BYTES = 160;
/** Segments of one log that are read. */
const SEGMENTS_MAX = 8;

/**
 * Reads the last operations of a log, refused ones too, newest first.
 *
 * @param ledgerDirectory `<data>/ledger`.
 */
export async function readLastOperations(
  ledgerDirectory: string,
  logName: string,
  { count, keys }: { readonly count: number; readonly keys: ContentKeys },
): Promise<readonly StoredEntry[]> {
  const directory = path.join(ledgerDirectory, logName);
  const segments = (await new LogTail(directory).listSegments()).toReversed();
  const contents = new ContentOpener(keys);
  const found: StoredEntry[] = [];
  for (const segment of segments.slice(0, SEGMENTS_MAX)) {
    const tail = new LogTail(directory);
    tail.startAt(segment);
    const kept: StoredEntry[] = [];
    for await (const record of tail.readOn()) {
      if (record.segment !== segment) break;
      if (!record.bytes.subarray(0, HEAD_BYTES).includes(OPERATION)) continue;
      const entry = decodeEntry(record.bytes);
      if (entry === undefined) continue;
      await contents.enter(record.header);
      const opened = contents.fill(entry, record.content);
      kept.push({ logName, ...opened, bytes: Buffer.from(record.bytes) });
      if (kept.length > count) kept.shift();
    }
    found.push(...kept.toReversed());
    if (found.length >= count) break;
  }
  return found.slice(0, count);
}
