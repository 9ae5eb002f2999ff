import type { ContentCoding } from '../../../wire/http/content-coding.ts';
import { unpack } from './coding-engines.ts';
import { ContentCodingError } from './content-coding-error.ts';

/** How many bytes one byte may stand for; JSON of the most boring kind comes to less than 50. */
const RATIO_MAX = 200;
/** Up to so many decoded bytes the ratio says nothing: a short run of blanks has any. */
const RATIO_FREE_BYTES = 1024 * 1024;
/** What one content may come to, however slowly: nobody sends more in one response. */
const DECODED_BYTES_MAX = 64 * 1024 ** 3;
/** Each costs an engine of its own; what is packed in parallel has one for every few megabytes. */
export const FRAMES_MAX = 1024;

/** How many bytes may have come out of a content of which `encodedBytes` went in. */
export function decodedBytesMax(encodedBytes: number): number {
  return Math.min(DECODED_BYTES_MAX, Math.max(RATIO_FREE_BYTES, encodedBytes * RATIO_MAX));
}

/**
 * Decodes a whole content on the event loop: for small ones.
 *
 * @param bytesMax Of what comes out, beside what holds for all contents.
 * @throws {ContentCodingError}
 */
export function decodeContent(
  bytes: Buffer,
  coding: ContentCoding,
  bytesMax: number = Number.MAX_SAFE_INTEGER,
): Buffer {
  const outputMax = Math.min(bytesMax, decodedBytesMax(bytes.length));
  const frames: Buffer[] = [];
  let outputBytes = 0;
  let rest = bytes;
  // A zstd content is any number of frames, of which an engine takes one: RFC 8878, section 3.
  while (rest.length > 0) {
    if (frames.length > 0) assertMoreFrames(coding, frames.length);
    const unpacked = unpackOrThrow(coding, rest, outputMax - outputBytes);
    frames.push(unpacked.bytes);
    outputBytes += unpacked.bytes.length;
    rest = rest.subarray(unpacked.consumedBytes);
  }
  return frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames);
}

function unpackOrThrow(
  coding: ContentCoding,
  bytes: Buffer,
  bytesMax: number,
): ReturnType<typeof unpack> {
  // `node:zlib` has no limit of 0: one byte more than allowed is noticed by the next frame at the latest.
  try {
    return unpack(coding, bytes, Math.max(bytesMax, 1));
  } catch (error) {
    throw describeEngineError(coding, error);
  }
}

/**
 * Nobody can say what bytes behind the end of a content were meant to be.
 *
 * @param framesBefore How many ended already.
 * @throws {ContentCodingError} If no further frame may follow.
 */
export function assertMoreFrames(coding: ContentCoding, framesBefore: number): void {
  if (coding !== 'zstd') throw new ContentCodingError(coding, 'bytes follow its end');
  if (framesBefore >= FRAMES_MAX) throw new ContentCodingError(coding, 'it has too many frames');
}

/** More came out than {@link decodedBytesMax}. */
export function tooMuch(coding: ContentCoding): ContentCodingError {
  return new ContentCodingError(coding, 'it unpacks to too much');
}

/** Says what an error of `node:zlib` means; the texts of other errors stay their `cause`. */
export function describeEngineError(coding: ContentCoding, error: unknown): ContentCodingError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooMuch(coding);
  const reason = code === 'Z_BUF_ERROR' ? 'it breaks off' : 'it is damaged';
  return new ContentCodingError(coding, reason, { cause: error });
}
