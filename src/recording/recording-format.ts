import assert from 'node:assert/strict';
import { WRAPPED_KEY_BYTES } from '../encryption/wrap-key.ts';
import type { RecordedBytes } from './recorded-event.ts';

/*
 * A recording file, all numbers big-endian:
 *
 *   header   "SPRECORD", uint16 version 2, uint64 start (ms since the Unix epoch),
 *            uint16 length of the session id, session id in ASCII,
 *            60 bytes: the recording's own key, wrapped by the key of the day (UTC) of the start
 *   chunks   uint32 length of what follows, uint32 raw bytes, ciphertext, 16 bytes tag
 *
 * The ciphertext of a chunk is AES-256-GCM under the recording's key over one zstd frame of at most 256 KiB of
 * raw bytes. Nonce: the chunk's number, from 0, in 12 bytes. Authenticated with it: the two lengths. Raw bytes
 * are frames:
 *
 *   frame    byte direction (0 sent, 1 shown), varint ms since the start, varint length, bytes
 *
 * Varints are LEB128: seven bits a byte, lowest first, the high bit set on all but the last. Bytes are
 * a stream: neither frames nor chunks begin where messages of the protocol do.
 */

const MAGIC: Buffer = Buffer.from('SPRECORD');
const FORMAT_VERSION = 2;
const FIXED_HEADER_BYTES = 20;

/** The last instant that has a date. @see ECMA-262, 21.4.1.1 */
const DATE_MS_MAX = 8.64e15;

/** Bytes of a chunk before compression. */
export const CHUNK_RAW_BYTES_MAX: number = 256 * 1024;
/** What zstd adds to bytes that do not compress, and the tag. */
const OVERHEAD_BYTES_MAX = 4_096;
/** Bytes of a chunk as it is stored, behind its header. */
export const CHUNK_STORED_BYTES_MAX: number = CHUNK_RAW_BYTES_MAX + OVERHEAD_BYTES_MAX;
/** Stored and raw length. */
export const CHUNK_HEADER_BYTES = 8;
/** Direction, and two varints of at most 8 bytes. */
export const FRAME_HEADER_BYTES_MAX = 17;
/** Session ids are file names. */
export const SESSION_ID: RegExp = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
/** Bytes of the longest file header. */
export const HEADER_BYTES_MAX: number = FIXED_HEADER_BYTES + 128 + WRAPPED_KEY_BYTES;

/** The start of a recording. */
export interface RecordingHeader {
  readonly sessionId: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  /** `WRAPPED_KEY_BYTES` of them. */
  readonly wrappedKey: Buffer;
  /** Offset of the first chunk. */
  readonly headerBytes: number;
}

/** What a recording's key is wrapped for: it opens nowhere else. */
export function recordingPurpose(sessionId: string, startedAtMs: number): string {
  return `recording ${sessionId} ${startedAtMs}`;
}

/** Encodes the start of a file. */
export function encodeRecordingHeader(
  sessionId: string,
  startedAtMs: number,
  wrappedKey: Buffer,
): Buffer {
  assert.match(sessionId, SESSION_ID);
  assert.equal(wrappedKey.length, WRAPPED_KEY_BYTES);
  const header = Buffer.alloc(FIXED_HEADER_BYTES + sessionId.length + WRAPPED_KEY_BYTES);
  let offset = MAGIC.copy(header);
  offset = header.writeUInt16BE(FORMAT_VERSION, offset);
  offset = header.writeBigUInt64BE(BigInt(startedAtMs), offset);
  offset = header.writeUInt16BE(sessionId.length, offset);
  offset += header.write(sessionId, offset, 'latin1');
  wrappedKey.copy(header, offset);
  return header;
}

/** Undefined if the bytes do not begin a recording of this version. */
export function decodeRecordingHeader(start: Buffer): RecordingHeader | undefined {
  if (start.length < FIXED_HEADER_BYTES || !start.subarray(0, MAGIC.length).equals(MAGIC))
    return undefined;
  if (start.readUInt16BE(MAGIC.length) !== FORMAT_VERSION) return undefined;
  const keyOffset = FIXED_HEADER_BYTES + start.readUInt16BE(18);
  const headerBytes = keyOffset + WRAPPED_KEY_BYTES;
  const sessionId = start.toString('latin1', FIXED_HEADER_BYTES, keyOffset);
  const startedAtMs = Number(start.readBigUInt64BE(10));
  if (start.length < headerBytes || !SESSION_ID.test(sessionId) || startedAtMs > DATE_MS_MAX)
    return undefined;
  return {
    sessionId,
    startedAtMs,
    wrappedKey: start.subarray(keyOffset, headerBytes),
    headerBytes,
  };
}

/** Reads the frames of a chunk before compression. Undefined if they do not fill it exactly. */
export function decodeFrames(raw: Buffer): readonly RecordedBytes[] | undefined {
  const frames: RecordedBytes[] = [];
  let offset = 0;
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
