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

/** Compresses a chunk in the thread pool, into one zstd frame. */
export async function compressChunk(raw: Buffer): Promise<Buffer> {
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
