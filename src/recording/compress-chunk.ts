import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { ZSTD_OVERHEAD_BYTES_MAX } from './recording-format.ts';

const compress = promisify(zstdCompress);
const ZSTD_LEVEL = 1;

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
    const chunkSize = raw.length + ZSTD_OVERHEAD_BYTES_MAX;
    const params = { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL };
    return await compress(raw, { chunkSize, params });
  } finally {
    // Whoever waits longest takes this one's place.
    const next = waiting.shift();
    if (next === undefined) chunksAtWork--;
    else next();
  }
}
