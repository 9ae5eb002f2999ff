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
 * @param untilSeq First entry of the next segment: what this one has from there on is void.
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` if it has no header: then nobody knows what is in it.
 */
export async function expireEntries(segmentPath: string, untilSeq: number): Promise<void> {
  const bytes = await readFile(segmentPath);
  const header = decodeSegmentHeader(bytes);
  if (typeof header === 'string') {
    throw new LedgerError(
      'ERR_LEDGER_CORRUPT',
      `Cannot expire entries of ${segmentPath}: ${header}`,
    );
  }
  const { logName, firstSeq, peaks, contentKey } = header;
  const frontier = new MerkleFrontier(firstSeq, peaks);
  const parts = [encodeSegmentHeader(logName, frontier, contentKey, true)];
  let offset = header.headerBytes;
  for (let seq = firstSeq; seq < untilSeq; seq++) {
    if (seq % ENTRIES_PER_TURN === 0) await nextTurn();
    const frame = decodeFrame(bytes, offset);
    // What follows a record that is not whole was cut by a crash.
    if (frame.state !== 'whole' && frame.state !== 'expired') break;
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
  await replaceSegment(segmentPath, [Buffer.concat(parts)]);
}
