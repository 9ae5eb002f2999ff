import assert from 'node:assert/strict';
import { CHUNK_STORED_BYTES_MAX } from './recording-format.ts';

/*
 * Between frames of zstd may stand others that it skips: magic number, uint32 length, content, all little-endian.
 * See RFC 8878, section 3.1.2.
 */

/** What follows is a frame of zstd; the content is its length. */
const LENGTH_MAGIC = 0x184d2a51;
/** Stands for nothing. */
const PADDING_MAGIC = 0x184d2a50;
const HEADER_BYTES = 8;
const LENGTH_BYTES = 4;

/** Bytes of the smallest padding. */
export const PADDING_BYTES_MIN: number = HEADER_BYTES;

/** Announces a frame of zstd. */
export function encodeLength(frameBytes: number): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + LENGTH_BYTES);
  frame.writeUInt32LE(LENGTH_MAGIC, 0);
  frame.writeUInt32LE(LENGTH_BYTES, 4);
  frame.writeUInt32LE(frameBytes, 8);
  return frame;
}

/** As many bytes that stand for nothing. */
export function encodePadding(bytes: number): Buffer {
  assert(bytes >= PADDING_BYTES_MIN);
  const frame = Buffer.alloc(bytes);
  frame.writeUInt32LE(PADDING_MAGIC, 0);
  frame.writeUInt32LE(bytes - HEADER_BYTES, 4);
  return frame;
}

/** Where the next frame of zstd lies in `bytes`, at or behind `offset`. */
export type NextFrame =
  | { readonly kind: 'frame'; readonly start: number; readonly end: number }
  /** There may be one behind what is there. */
  | { readonly kind: 'more' }
  | { readonly kind: 'malformed' };

/** Finds the next frame of zstd. */
export function findFrame(bytes: Buffer, offset: number): NextFrame {
  let at = offset;
  for (;;) {
    if (bytes.length - at < HEADER_BYTES) return { kind: 'more' };
    const magic = bytes.readUInt32LE(at);
    const contentBytes = bytes.readUInt32LE(at + 4);
    if (magic === LENGTH_MAGIC && contentBytes === LENGTH_BYTES) break;
    if (magic !== PADDING_MAGIC || contentBytes > CHUNK_STORED_BYTES_MAX)
      return { kind: 'malformed' };
    at += HEADER_BYTES + contentBytes;
  }
  const start = at + HEADER_BYTES + LENGTH_BYTES;
  if (bytes.length < start) return { kind: 'more' };
  const frameBytes = bytes.readUInt32LE(start - LENGTH_BYTES);
  if (frameBytes > CHUNK_STORED_BYTES_MAX) return { kind: 'malformed' };
  const end = start + frameBytes;
  return end > bytes.length ? { kind: 'more' } : { kind: 'frame', start, end };
}
