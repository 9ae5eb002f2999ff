import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { decodeSealedKey, SEALED_KEY_BYTES, type SealedKey } from './content-key.ts';
import { CONTENT_BYTES_MAX } from './encode-content.ts';
import { ENTRY_BYTES_MAX } from './encode-entry.ts';
import { countPeaks, type MerkleFrontier } from './merkle-frontier.ts';

const MAGIC: Buffer = Buffer.from('SPLEDGER');
const FORMAT_VERSION = 2;
/** Of a segment some of whose entries expired: its records are not where they were. */
const THINNED_VERSION = 3;
const HASH_BYTES = 32;

/** CRC-32, length of the entry, length and offset of its content: before each entry. */
export const FRAME_HEADER_BYTES = 16;
/** Stands for the offset of a content that was erased: its bytes are zeros then. */
export const ERASED_OFFSET: number = 2 ** 32 - 1;
/** Bytes of the longest header: fixed fields, name, one hash per bit of the sequence number, key. */
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
  /** What the contents in this file are sealed with. */
  readonly contentKey: SealedKey;
  /** Whether entries expired: then records do not lie where they lay before. */
  readonly isThinned: boolean;
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
  contentKey: SealedKey,
  isThinned = false,
): Buffer {
  assert.match(logName, LOG_NAME);
  const name = Buffer.from(logName);
  const peaks = frontier.peaks();
  const fixedBytes = MAGIC.length + 2 + 8 + 2 + 2 + SEALED_KEY_BYTES + 4;
  const header = Buffer.alloc(fixedBytes + name.length + peaks.length);
  let offset = MAGIC.copy(header);
  offset = header.writeUInt16BE(isThinned ? THINNED_VERSION : FORMAT_VERSION, offset);
  offset = header.writeBigUInt64BE(BigInt(frontier.size), offset);
  offset = header.writeUInt16BE(name.length, offset);
  offset += name.copy(header, offset);
  offset = header.writeUInt16BE(peaks.length / HASH_BYTES, offset);
  offset += peaks.copy(header, offset);
  offset += contentKey.bytes.copy(header, offset);
  header.writeUInt32BE(crc32(header.subarray(0, offset)), offset);
  return header;
}

/** Bytes of a segment file behind which its format version is known. */
export const VERSION_END: number = MAGIC.length + 2;

/** The format version at the start of a segment file, if it is one that cannot be read here. */
export function findUnknownVersion(start: Buffer): number | undefined {
  if (start.length < VERSION_END || !start.subarray(0, MAGIC.length).equals(MAGIC))
    return undefined;
  const version = start.readUInt16BE(MAGIC.length);
  return version === FORMAT_VERSION || version === THINNED_VERSION ? undefined : version;
}

/** Reads a header from the start of a file. The answer is text when it is not one, and says why. */
export function decodeSegmentHeader(start: Buffer): SegmentHeader | string {
  const fixedBytes = MAGIC.length + 2 + 8 + 2;
  if (start.length < fixedBytes) return 'ends inside its header';
  if (!start.subarray(0, MAGIC.length).equals(MAGIC)) return 'does not begin as a segment does';
  const unknown = findUnknownVersion(start);
  if (unknown !== undefined) {
    return `has format version ${unknown}, which this version of Sallyport does not read`;
  }
  const isThinned = start.readUInt16BE(MAGIC.length) === THINNED_VERSION;
  const firstSeq = Number(start.readBigUInt64BE(MAGIC.length + 2));
  if (!Number.isSafeInteger(firstSeq)) return 'has an impossible first sequence number';

  const nameEnd = fixedBytes + start.readUInt16BE(MAGIC.length + 10);
  if (start.length < nameEnd + 2) return 'ends inside its header';
  const logName = start.toString('latin1', fixedBytes, nameEnd);
  if (!LOG_NAME.test(logName)) return 'has an impossible log name';
  const peakCount = start.readUInt16BE(nameEnd);
  if (peakCount !== countPeaks(firstSeq)) return 'has the wrong number of subtree roots';
  const peaksEnd = nameEnd + 2 + peakCount * HASH_BYTES;
  const keyEnd = peaksEnd + SEALED_KEY_BYTES;
  if (start.length < keyEnd + 4) return 'ends inside its header';
  if (crc32(start.subarray(0, keyEnd)) !== start.readUInt32BE(keyEnd)) {
    return 'has a header whose CRC does not match';
  }
  const peaks = Buffer.from(start.subarray(nameEnd + 2, peaksEnd));
  const contentKey = decodeSealedKey(Buffer.from(start.subarray(peaksEnd, keyEnd)));
  if (contentKey === undefined) return 'has an impossible content key';
  return { logName, firstSeq, peaks, contentKey, isThinned, headerBytes: keyEnd + 4 };
}

/**
 * Writes what stands before an entry and its content, which lie behind it already.
 *
 * @param frame Of the whole record.
 */
export function encodeFrameHeader(
  frame: Buffer,
  entryBytes: number,
  contentBytes: number,
  contentOffset: number,
): void {
  frame.writeUInt32BE(entryBytes, 4);
  frame.writeUInt32BE(contentBytes, 8);
  frame.writeUInt32BE(contentOffset, 12);
  frame.writeUInt32BE(crc32(frame.subarray(4)), 0);
}

/** Of what is left of an entry that expired. */
export const EXPIRED_RECORD_BYTES: number = FRAME_HEADER_BYTES + HASH_BYTES;

/** Encodes what is left of an entry that expired. @param leafHash 32 bytes. */
export function encodeExpiredFrame(leafHash: Uint8Array): Buffer {
  const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), leafHash]);
  encodeFrameHeader(frame, 0, HASH_BYTES, ERASED_OFFSET);
  return frame;
}

/** Where one record lies. */
export interface WholeFrame {
  readonly state: 'whole';
  /** Of the entry. */
  readonly start: number;
  readonly entryEnd: number;
  /** Of the record: the content's ciphertext lies between. */
  readonly end: number;
  /** Of the content, in the keystream. */
  readonly contentOffset: number;
}

/** What is left of an entry that expired. */
export interface ExpiredFrame {
  readonly state: 'expired';
  /** 32 bytes: its place in the tree. */
  readonly leafHash: Buffer;
  readonly end: number;
}

/** A record, or why there is none: `short` if the bytes end before it, `bad` if it is damaged. */
export type Frame =
  | WholeFrame
  | ExpiredFrame
  | { readonly state: 'short' }
  | { readonly state: 'bad'; readonly reason: string; readonly end: number };

/** Looks at the record at `offset` of `bytes`. */
export function decodeFrame(bytes: Buffer, offset: number): Frame {
  const start = offset + FRAME_HEADER_BYTES;
  if (start > bytes.length) return { state: 'short' };
  const entryBytes = bytes.readUInt32BE(offset + 4);
  const contentBytes = bytes.readUInt32BE(offset + 8);
  const contentOffset = bytes.readUInt32BE(offset + 12);
  // Zero length is what a file extended by a crash holds, too; but then all is zero.
  const isExpired =
    entryBytes === 0 && contentBytes === HASH_BYTES && contentOffset === ERASED_OFFSET;
  if ((entryBytes === 0 && !isExpired) || entryBytes > ENTRY_BYTES_MAX) {
    return { state: 'bad', reason: `length ${entryBytes} is impossible`, end: start };
  }
  if (contentBytes > CONTENT_BYTES_MAX) {
    return { state: 'bad', reason: `content length ${contentBytes} is impossible`, end: start };
  }
  const entryEnd = start + entryBytes;
  const end = entryEnd + contentBytes;
  if (end > bytes.length) return { state: 'short' };
  if (crc32(bytes.subarray(offset + 4, end)) !== bytes.readUInt32BE(offset)) {
    return { state: 'bad', reason: 'CRC does not match', end };
  }
  if (isExpired) return { state: 'expired', leafHash: bytes.subarray(start, end), end };
  return { state: 'whole', start, entryEnd, end, contentOffset };
}
