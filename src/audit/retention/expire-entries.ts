import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findKind } from '../decode-entry.ts';
import { LASTING_KINDS } from '../lasting-entries.ts';
import { LedgerError } from '../ledger-error.ts';
import { hashLeaf, MerkleFrontier } from '../merkle-frontier.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  ERASED_OFFSET,
  encodeExpiredFrame,
  encodeFrameHeader,
  encodeSegmentHeader,
} from '../segment-format.ts';
import { replaceSegment } from './replace-segment.ts';

/** Entries in a row before other work of the process has its turn: about 2 µs each. */
const ENTRIES_PER_TURN = 256;

/**
 * Puts leaf hashes in the place of the entries of a segment that nobody writes any more: tree and proofs are as
 * before, and what the entries said is gone.
 *
 * @param untilSeq First entry of the next segment: what this one has from there on is void. Infinity: there is none.
 * @param signedSize Entries of the log that were signed: behind them, the last segment may have been cut by a crash.
 *   Default: all, whatever there is.
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` if it has no header, or a record is damaged that was signed or is not in the
 *   last segment: nobody knows what is there, and behind it. The segment stays as it is.
 */
export async function expireEntries(
  segmentPath: string,
  untilSeq: number,
  signedSize: number = Infinity,
): Promise<void> {
  const thinned = await thinSegment(segmentPath, untilSeq, signedSize);
  await replaceSegment(segmentPath, [thinned]);
}

/** What `expireEntries` leaves of a segment. @throws {LedgerError} As that does. */
export async function thinSegment(
  segmentPath: string,
  untilSeq: number,
  signedSize: number,
): Promise<Buffer> {
  const bytes = await readFile(segmentPath);
  const header = decodeSegmentHeader(bytes);
  if (typeof header === 'string') throw corrupt(segmentPath, header);
  const { logName, firstSeq, peaks, contentKey } = header;
  const frontier = new MerkleFrontier(firstSeq, peaks);
  const parts = [encodeSegmentHeader(logName, frontier, contentKey, true)];
  let offset = header.headerBytes;
  for (let seq = firstSeq; seq < untilSeq; seq++) {
    if (seq % ENTRIES_PER_TURN === 0) await nextTurn();
    const frame = decodeFrame(bytes, offset);
    if (frame.state !== 'whole' && frame.state !== 'expired') {
      // A crash cuts what nobody signed; else there is more behind it, which would go with it.
      if (untilSeq === Infinity && seq >= signedSize) break;
      throw corrupt(segmentPath, `record at byte ${offset} is damaged`);
    }
    const record = bytes.subarray(offset, frame.end);
    offset = frame.end;
    if (frame.state === 'expired') {
      parts.push(record);
      continue;
    }
    const { start, entryEnd, end } = frame;
    const entry = bytes.subarray(start, entryEnd);
    if (!LASTING_KINDS.has(findKind(entry))) {
      parts.push(encodeExpiredFrame(Buffer.from(hashLeaf(entry), 'hex')));
      continue;
    }
    if (entryEnd < end) {
      bytes.fill(0, entryEnd, end);
      encodeFrameHeader(record, entryEnd - start, end - entryEnd, ERASED_OFFSET);
    }
    parts.push(record);
  }
  return Buffer.concat(parts);
}

function corrupt(segmentPath: string, reason: string): LedgerError {
  return new LedgerError(
    'ERR_LEDGER_CORRUPT',
    `Cannot expire entries of ${segmentPath}: ${reason}`,
  );
}
