import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LedgerError } from '../ledger-error.ts';
import { readSegment } from '../read-segment.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  ERASED_OFFSET,
  encodeFrameHeader,
} from '../segment-format.ts';
import { replaceSegment } from './replace-segment.ts';

/** Records in a row before other work of the process has its turn: about 1 µs each. */
const RECORDS_PER_TURN = 512;

/**
 * Puts zeros in place of the contents of a segment that nobody writes any more. Entries stay where they
 * are, byte for byte, and the whole segment is there at every instant, erased or not.
 *
 * @throws {LedgerError} `ERR_LEDGER_CORRUPT` if it has no header: then nobody knows what is in it.
 */
export async function eraseContents(segmentPath: string): Promise<void> {
  const bytes = await readFile(segmentPath);
  const header = decodeSegmentHeader(bytes);
  if (typeof header === 'string') {
    throw new LedgerError(
      'ERR_LEDGER_CORRUPT',
      `Cannot erase contents of ${segmentPath}: ${header}`,
    );
  }
  let offset = header.headerBytes;
  for (let count = 0; ; count++) {
    if (count % RECORDS_PER_TURN === 0) await nextTurn();
    const frame = decodeFrame(bytes, offset);
    // What follows a record that is not whole was cut by a crash, or is void.
    if (frame.state !== 'whole' && frame.state !== 'expired') break;
    const { end } = frame;
    if (frame.state === 'whole' && frame.entryEnd < end) {
      const { start, entryEnd } = frame;
      bytes.fill(0, entryEnd, end);
      const record = bytes.subarray(offset, end);
      encodeFrameHeader(record, entryEnd - start, end - entryEnd, ERASED_OFFSET);
    }
    offset = end;
  }
  await replaceSegment(segmentPath, [bytes]);
}

/** Whether a segment has a content that is not erased. They are erased all at once, so the first one tells. */
export async function hasContents(segmentPath: string): Promise<boolean> {
  for await (const part of readSegment(segmentPath)) {
    if (part.kind !== 'run') continue;
    for (const { entryEnd, end, contentOffset } of part.records) {
      if (entryEnd < end) return contentOffset !== ERASED_OFFSET;
    }
  }
  return false;
}
