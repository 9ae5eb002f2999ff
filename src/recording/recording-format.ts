import assert from 'node:assert/strict';
import type { RecordedBytes } from './recorded-event.ts';

/*
 * A recording file, all numbers big-endian:
 *
 *   header   "SPRECORD", uint16 version 1, uint64 start (ms since the Unix epoch),
 *            uint16 length of the session id, session id in ASCII
 *   chunks   uint32 stored bytes, uint32 raw bytes, uint32 CRC-32 of the stored bytes, stored bytes
 *
 * The stored bytes of a chunk are one zstd frame of its raw bytes, at most 256 KiB. Raw bytes are 16
 * random ones, so that nobody guesses a chunk's content from its digest in the ledger, and then frames:
 *
 *   frame    byte direction (0 sent, 1 shown), varint ms since the start, varint length, bytes
 *
 * Varints are LEB128: seven bits a byte, lowest first, the high bit set on all but the last. Bytes are
 * a stream: neither frames nor chunks begin where messages of the protocol do.
 */

const MAGIC: Buffer = Buffer.from('SPRECORD');
const FORMAT_VERSION = 1;
const FIXED_HEADER_BYTES = 20;

/** Bytes of a chunk before compression. */
export const CHUNK_RAW_BYTES_MAX: number = 256 * 1024;
/** zstd adds at most this to bytes that do not compress. */
const ZSTD_OVERHEAD_BYTES_MAX = 4_096;
/** Bytes of a chunk as it is stored. */
export const CHUNK_STORED_BYTES_MAX: number = CHUNK_RAW_BYTES_MAX + ZSTD_OVERHEAD_BYTES_MAX;
/** Stored length, raw length and CRC-32. */
export const CHUNK_HEADER_BYTES = 12;
/** At the start of each chunk. */
export const SALT_BYTES = 16;
/** Direction, and two varints of at most 8 bytes. */
export const FRAME_HEADER_BYTES_MAX = 17;
/** Session ids are file names. */
export const SESSION_ID: RegExp = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
/** Bytes of the longest file header. */
export const HEADER_BYTES_MAX: number = FIXED_HEADER_BYTES + 128;

/** The start of a recording. */
export interface RecordingHeader {
  readonly sessionId: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  /** Offset of the first chunk. */
  readonly headerBytes: number;
}

/** Encodes the start of a file. */
export function encodeRecordingHeader(sessionId: string, startedAtMs: number): Buffer {
  assert.match(sessionId, SESSION_ID);
  const header = Buffer.alloc(FIXED_HEADER_BYTES + sessionId.length);
  let offset = MAGIC.copy(header);
  offset = header.writeUInt16BE(FORMAT_VERSION, offset);
  offset = header.writeBigUInt64BE(BigInt(startedAtMs), offset);
  offset = header.writeUInt16BE(sessionId.length, offset);
  header.write(sessionId, offset, 'latin1');
  return header;
}

/** Undefined if the bytes do not begin a recording of this version. */
export function decodeRecordingHeader(start: Buffer): RecordingHeader | undefined {
  if (start.length < FIXED_HEADER_BYTES || !start.subarray(0, MAGIC.length).equals(MAGIC))
    return undefined;
  if (start.readUInt16BE(MAGIC.length) !== FORMAT_VERSION) return undefined;
  const headerBytes = FIXED_HEADER_BYTES + start.readUInt16BE(18);
  const sessionId = start.toString('latin1', FIXED_HEADER_BYTES, headerBytes);
  if (start.length < headerBytes || !SESSION_ID.test(sessionId)) return undefined;
  return { sessionId, startedAtMs: Number(start.readBigUInt64BE(10)), headerBytes };
}

/** Reads the frames of a chunk before compression. Undefined if they do not fill it exactly. */
export function decodeFrames(raw: Buffer): readonly RecordedBytes[] | undefined {
  const frames: RecordedBytes[] = [];
  let offset = SALT_BYTES;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56; scale *= 128) {
      const byte = raw[offset++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (offset < raw.length) {
    const direction = raw[offset++];
    const atMs = varint();
    const end = varint() + offset;
    // Also false for what is not a number.
    if (!(end <= raw.length) || Number.isNaN(atMs) || (direction !== 0 && direction !== 1))
      return undefined;
    frames.push({
      direction: direction === 0 ? 'sent' : 'shown',
      atMs,
      bytes: raw.subarray(offset, end),
    });
    offset = end;
  }
  return offset === raw.length ? frames : undefined;
}
