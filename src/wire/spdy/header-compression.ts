import { ProtocolError } from '../protocol-error.ts';
import { HEADER_DICTIONARY, HEADER_DICTIONARY_ID } from './header-dictionary.ts';

/** How far back a repetition may reach (RFC 1951 section 2). */
const WINDOW_BYTES: number = 32 * 1024;

/** Of one block of headers, unpacked. */
const BLOCK_BYTES_MAX: number = 64 * 1024;

/** Method, flags, and the name of the dictionary (RFC 1950 section 2.2). */
const ZLIB_HEAD_BYTES = 6;
/** Deflate with a window of 32 KiB. */
const ZLIB_METHOD = 0x78;
/** Default level, with a dictionary; makes the two bytes a multiple of 31. */
const ZLIB_FLAGS = 0xbb;
const ZLIB_HAS_DICTIONARY = 0x20;

/** Deflate (RFC 1951), which this folder does not have. Throws whatever it likes for broken bytes. */
export interface RawDeflate {
  /**
   * Unpacks bytes that end with a flush, not with the end of a stream.
   *
   * @param dictionary What came before, 32 KiB at most.
   * @param bytesMax Throws if there would be more.
   */
  inflate(bytes: Buffer, dictionary: Buffer, bytesMax: number): Buffer;
  /** Packs bytes, and ends with a flush (`Z_SYNC_FLUSH`). */
  deflate(bytes: Buffer, dictionary: Buffer): Buffer;
}

/**
 * Unpacks the header blocks of one direction. They are one stream of zlib that is flushed behind each
 * block; so each can be unpacked by itself, with what came before as its dictionary.
 */
export class HeaderInflater {
  readonly #deflate: RawDeflate;
  #before: Buffer = HEADER_DICTIONARY;
  #isFirst = true;

  constructor(deflate: RawDeflate) {
    this.#deflate = deflate;
  }

  /** @throws {ProtocolError} If the block is broken or too long. Later ones cannot be read then. */
  inflate(packed: Buffer): Buffer {
    if (this.#isFirst) checkZlibHead(packed);
    const start = this.#isFirst ? ZLIB_HEAD_BYTES : 0;
    this.#isFirst = false;
    let block: Buffer;
    try {
      block = this.#deflate.inflate(packed.subarray(start), this.#before, BLOCK_BYTES_MAX);
    } catch (error) {
      throw new ProtocolError('SPDY headers', 'cannot be unpacked', { cause: error });
    }
    this.#before = slideWindow(this.#before, block);
    return block;
  }
}

/** Packs the header blocks of one direction. */
export class HeaderDeflater {
  readonly #deflate: RawDeflate;
  #before: Buffer = HEADER_DICTIONARY;
  #isFirst = true;

  constructor(deflate: RawDeflate) {
    this.#deflate = deflate;
  }

  deflate(block: Buffer): Buffer {
    const packed = this.#deflate.deflate(block, this.#before);
    this.#before = slideWindow(this.#before, block);
    if (!this.#isFirst) return packed;
    this.#isFirst = false;
    const head = Buffer.of(ZLIB_METHOD, ZLIB_FLAGS, 0, 0, 0, 0);
    head.writeUInt32BE(HEADER_DICTIONARY_ID, 2);
    return Buffer.concat([head, packed]);
  }
}

function checkZlibHead(packed: Buffer): void {
  if (packed.length >= ZLIB_HEAD_BYTES) {
    const hasDictionary = (packed.readUInt8(1) & ZLIB_HAS_DICTIONARY) !== 0;
    const isWhole = packed.readUInt16BE(0) % 31 === 0 && packed.readUInt8(0) === ZLIB_METHOD;
    if (hasDictionary && isWhole && packed.readUInt32BE(2) === HEADER_DICTIONARY_ID) return;
  }
  throw new ProtocolError('SPDY headers', 'do not start as a stream of zlib with the dictionary');
}

function slideWindow(before: Buffer, block: Buffer): Buffer {
  const whole = Buffer.concat([before, block]);
  return whole.subarray(Math.max(0, whole.length - WINDOW_BYTES));
}
