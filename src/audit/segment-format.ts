import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { ENTRY_BYTES_MAX } from './encode-entry.ts';
import { countPeaks, type MerkleFrontier } from './merkle-frontier.ts';

const MAGIC: Buffer = Buffer.from('SPLEDGER');
const FORMAT_VERSION = 1;
const HASH_BYTES = 32;

/** Length and CRC-32 before each entry. */
export const FRAME_HEADER_BYTES = 8;
/** Bytes of the longest header: 64 of fixed fields and name, and one hash per bit of the sequence number. */
export const SEGMENT_HEADER_BYTES_MAX = 2048;
/** Names are host names with a worker number behind; they are file names and note key names, too. */
export const LOG_NAME: RegExp = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
const SEGMENT_FILE = /^(\d{16})\.segment$/;

/** The start of a segment file. */
export interface SegmentHeader {
  readonly logName: string;
  /** Index in the log of the first entry in this file. */
  readonly firstSeq: number;
  /** Roots of the complete subtrees over all entries before `firstSeq`, largest first. */
  readonly peaks: Buffer;
  /** Offset of the first frame. */
  readonly headerBytes: number;
}

/** Names sort as their sequence numbers do. */
export function segmentFileName(firstSeq: number): string {
  return `${String(firstSeq).padStart(16, '0')}.segment`;
}

/** The first sequence number of a segment file, or undefined for any other file. */
export function parseSegmentFileName(fileName: string): number | undefined {
  const digits = SEGMENT_FILE.exec(fileName)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Encodes the header of a segment that continues where `frontier` stands. */
export function encodeSegmentHeader(
  logName: string,
  frontier: Pick<MerkleFrontier, 'size' | 'peaks'>,
): Buffer {
  assert.match(logName, LOG_NAME);
  const name = Buffer.from(logName);
  const peaks = frontier.peaks();
  const header = Buffer.alloc(MAGIC.length + 2 + 8 + 2 + name.length + 2 + peaks.length + 4);
  let offset = MAGIC.copy(header);
  offset = header.writeUInt16BE(FORMAT_VERSION, offset);
  offset = header.writeBigUInt64BE(BigInt(frontier.size), offset);
  offset = header.writeUInt16BE(name.length, offset);
  offset += name.copy(header, offset);
  offset = header.writeUInt16BE(peaks.length / HASH_BYTES, offset);
  offset += peaks.copy(header, offset);
  header.writeUInt32BE(crc32(header.subarray(0, offset)), offset);
  return header;
}

/** Reads a header from the start of a file. The answer is text when it is not one, and says why. */
export function decodeSegmentHeader(start: Buffer): SegmentHeader | string {
  const fixedBytes = MAGIC.length + 2 + 8 + 2;
  if (start.length < fixedBytes) return 'ends inside its header';
  if (!start.subarray(0, MAGIC.length).equals(MAGIC)) return 'does not begin as a segment does';
  const version = start.readUInt16BE(MAGIC.length);
  if (version !== FORMAT_VERSION) return `has format version ${version}`;
  const firstSeq = Number(start.readBigUInt64BE(MAGIC.length + 2));
  if (!Number.isSafeInteger(firstSeq)) return 'has an impossible first sequence number';

  const nameEnd = fixedBytes + start.readUInt16BE(MAGIC.length + 10);
  if (start.length < nameEnd + 2) return 'ends inside its header';
  const logName = start.toString('latin1', fixedBytes, nameEnd);
  if (!LOG_NAME.test(logName)) return 'has an impossible log name';
  const peakCount = start.readUInt16BE(nameEnd);
  if (peakCount !== countPeaks(firstSeq)) return 'has the wrong number of subtree roots';
  const peaksEnd = nameEnd + 2 + peakCount * HASH_BYTES;
  if (start.length < peaksEnd + 4) return 'ends inside its header';
  if (crc32(start.subarray(0, peaksEnd)) !== start.readUInt32BE(peaksEnd)) {
    return 'has a header whose CRC does not match';
  }
  const peaks = Buffer.from(start.subarray(nameEnd + 2, peaksEnd));
  return { logName, firstSeq, peaks, headerBytes: peaksEnd + 4 };
}

/** Where one frame lies, or why none does: `short` if the bytes end before it, `bad` if it is damaged. */
export type Frame =
  | { readonly state: 'whole'; readonly start: number; readonly end: number }
  | { readonly state: 'short' }
  | { readonly state: 'bad'; readonly reason: string; readonly end: number };

/** Looks at the frame at `offset` of `bytes`. `start` and `end` of the answer enclose the entry. */
export function decodeFrame(bytes: Buffer, offset: number): Frame {
  const start = offset + FRAME_HEADER_BYTES;
  if (start > bytes.length) return { state: 'short' };
  const entryBytes = bytes.readUInt32BE(offset);
  // Zero length is what a file extended by a crash holds, and the CRC of nothing is zero as well.
  if (entryBytes === 0 || entryBytes > ENTRY_BYTES_MAX) {
    return { state: 'bad', reason: `length ${entryBytes} is impossible`, end: start };
  }
  const end = start + entryBytes;
  if (end > bytes.length) return { state: 'short' };
  if (crc32(bytes.subarray(start, end)) !== bytes.readUInt32BE(offset + 4)) {
    return { state: 'bad', reason: 'CRC does not match', end };
  }
  return { state: 'whole', start, end };
}
