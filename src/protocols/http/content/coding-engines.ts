import {
  type BrotliOptions,
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createGunzip,
  createGzip,
  createInflate,
  createInflateRaw,
  createZstdCompress,
  createZstdDecompress,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
  type ZstdOptions,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import type { ContentCoding } from '../../../wire/http/content-coding.ts';

/** One of Node's streams that code or decode. */
export type CodingStream = ReturnType<typeof createGunzip | typeof createBrotliDecompress>;

/** What one call unpacked, and how far into its input it came. */
export interface Unpacked {
  readonly bytes: Buffer;
  /** Less than the input's length where the coded content ends before it. */
  readonly consumedBytes: number;
}

/** Bytes that a coding stream hands over at a time. */
const PIECE_BYTES_MAX = 64 * 1024;

/** What is coded here is on its way to somebody who waits: speed before size, as in nginx's default. */
const ZLIB_LEVEL = 1;
const BROTLI_QUALITY = 3;
const ZSTD_LEVEL = 1;

/** Flushes after each write: what a client is to see now does not wait for what comes later. */
const GZIP_ENCODING: ZlibOptions = {
  level: ZLIB_LEVEL,
  flush: constants.Z_SYNC_FLUSH,
  chunkSize: PIECE_BYTES_MAX,
};
const BROTLI_ENCODING: BrotliOptions = {
  params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
  flush: constants.BROTLI_OPERATION_FLUSH,
  chunkSize: PIECE_BYTES_MAX,
};
const ZSTD_ENCODING: ZstdOptions = {
  params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
  flush: constants.ZSTD_e_flush,
  chunkSize: PIECE_BYTES_MAX,
};
const DECODING = { chunkSize: PIECE_BYTES_MAX } as const;
/** A window of 8 MiB at most: RFC 9659, section 3. */
const ZSTD_DECODING: ZstdOptions = {
  ...DECODING,
  params: { [constants.ZSTD_d_windowLogMax]: 23 },
};

/**
 * Opens a decoder.
 *
 * @param head The first bytes of the content, at least {@link headBytes}.
 */
export function openDecoder(coding: ContentCoding, head: Buffer): CodingStream {
  switch (coding) {
    case 'gzip':
      return createGunzip(DECODING);
    case 'deflate':
      return hasZlibHeader(head) ? createInflate(DECODING) : createInflateRaw(DECODING);
    case 'br':
      return createBrotliDecompress(DECODING);
    case 'zstd':
      return createZstdDecompress(ZSTD_DECODING);
  }
}

/** How much of a content must be there before it can be said how to decode it. */
export function headBytes(coding: ContentCoding): number {
  return coding === 'deflate' ? 2 : 1;
}

/** Opens an encoder, which flushes after each write. */
export function openEncoder(coding: ContentCoding): CodingStream {
  switch (coding) {
    case 'gzip':
      return createGzip(GZIP_ENCODING);
    case 'deflate':
      return createDeflate(GZIP_ENCODING);
    case 'br':
      return createBrotliCompress(BROTLI_ENCODING);
    case 'zstd':
      return createZstdCompress(ZSTD_ENCODING);
  }
}

/**
 * Unpacks a content at once, or its first frame where it is in several.
 *
 * @throws What `node:zlib` throws, `ERR_BUFFER_TOO_LARGE` for more than `bytesMax`.
 */
export function unpack(coding: ContentCoding, bytes: Buffer, bytesMax: number): Unpacked {
  const options = { maxOutputLength: bytesMax, info: true } as const;
  switch (coding) {
    case 'gzip':
      return unpackedBy(gunzipSync(bytes, options));
    case 'deflate': {
      const inflate = hasZlibHeader(bytes) ? inflateSync : inflateRawSync;
      return unpackedBy(inflate(bytes, options));
    }
    case 'br':
      return unpackedBy(brotliDecompressSync(bytes, options));
    case 'zstd':
      return unpackedBy(zstdDecompressSync(bytes, { ...ZSTD_DECODING, ...options }));
  }
}

/** Codes a whole content on the event loop: for small ones. */
export function encodeContent(bytes: Buffer, coding: ContentCoding): Buffer {
  switch (coding) {
    case 'gzip':
      return gzipSync(bytes, { level: ZLIB_LEVEL });
    case 'deflate':
      return deflateSync(bytes, { level: ZLIB_LEVEL });
    case 'br':
      return brotliCompressSync(bytes, { params: BROTLI_ENCODING.params });
    case 'zstd':
      return zstdCompressSync(bytes, { params: ZSTD_ENCODING.params });
  }
}

/** With `info: true`, `node:zlib` returns more than its types say. */
function unpackedBy(result: unknown): Unpacked {
  const { buffer, engine } = result as {
    readonly buffer: Buffer;
    readonly engine: { readonly bytesWritten: number };
  };
  return { bytes: buffer, consumedBytes: engine.bytesWritten };
}

/**
 * Whether a content in `deflate` begins as the specification has it, or is bare, as some servers send it.
 *
 * @see RFC 9110, section 8.4.1.2; RFC 1950, section 2.2
 */
function hasZlibHeader(head: Buffer): boolean {
  const [method = 0, flags = 0] = head;
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
}
