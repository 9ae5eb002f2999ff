import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const ZSTD_LEVEL = 1;
/** What zstd's own bound adds to the 256th part, and some more: if it were too little, it would only be slower. */
const FRAME_BYTES_MAX = 128;

/** Chunks at work at once, over all sessions: the ledger's fdatasync needs threads of the same pool. */
const CHUNKS_AT_WORK_MAX = 2;
let chunksAtWork = 0;
const waiting: (() => void)[] = [];

/** Up to so many bytes, compressing takes more memory and time than it saves on disk; and idle sessions have said no more. */
const STORED_BYTES_MAX = 1024;

/** Makes one zstd frame of a chunk: compressed in the thread pool, or as it is if it is small. */
export async function compressChunk(raw: Buffer): Promise<Buffer> {
  if (raw.length <= STORED_BYTES_MAX) return storeChunk(raw);
  if (chunksAtWork === CHUNKS_AT_WORK_MAX) await new Promise<void>((go) => waiting.push(go));
  else chunksAtWork++;
  try {
    // One output buffer that always suffices; the default is too small for a chunk, and too large for a line.
    const chunkSize = raw.length + Math.ceil(raw.length / 256) + FRAME_BYTES_MAX;
    const params = { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL };
    // Told the size, zstd takes memory for a line, not for a chunk.
    return await compress(raw, { chunkSize, params, pledgedSrcSize: raw.length });
  } finally {
    // Whoever waits longest takes this one's place.
    const next = waiting.shift();
    if (next === undefined) chunksAtWork--;
    else next();
  }
}

/** Of a zstd frame. */
const MAGIC = 0xfd2fb528;
/** There is one segment only, and one byte says how many bytes it has; or two do, less 256. */
const SINGLE_SEGMENT = 0x20;
const TWO_BYTE_SIZE = 0x40;
/** In a block's header; above it stand its type, 0 for bytes as they are, in two bits, and its size. */
const LAST_BLOCK = 1;
const BLOCK_HEADER_BYTES = 3;

/**
 * A zstd frame of one block that is not compressed.
 *
 * @see RFC 8878, sections 3.1.1 and 3.1.1.2.
 */
function storeChunk(raw: Buffer): Buffer {
  const sizeBytes = raw.length < 256 ? 1 : 2;
  const start = 5 + sizeBytes + BLOCK_HEADER_BYTES;
  const frame = Buffer.allocUnsafe(start + raw.length);
  frame.writeUInt32LE(MAGIC, 0);
  frame[4] = sizeBytes === 1 ? SINGLE_SEGMENT : SINGLE_SEGMENT | TWO_BYTE_SIZE;
  frame.writeUIntLE(sizeBytes === 1 ? raw.length : raw.length - 256, 5, sizeBytes);
  frame.writeUIntLE(raw.length * 8 + LAST_BLOCK, start - BLOCK_HEADER_BYTES, BLOCK_HEADER_BYTES);
  raw.copy(frame, start);
  return frame;
}

/** Decompresses a chunk in the thread pool. Undefined if it is none, or would be longer than `rawBytesMax`. */
export async function decompressChunk(
  compressed: Buffer,
  rawBytesMax: number,
): Promise<Buffer | undefined> {
  try {
    const chunkSize = Math.max(64, rawBytesMax);
    return await decompress(compressed, { maxOutputLength: rawBytesMax, chunkSize });
  } catch {
    // Its bytes are somebody else's: whatever zlib has against them, they are no chunk.
    return undefined;
  }
}
