import { webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { ZSTD_OVERHEAD_BYTES_MAX } from './recording-format.ts';

const compress = promisify(zstdCompress);
const ZSTD_LEVEL = 1;

/** Chunks at work at once, over all sessions: the ledger's fdatasync needs threads of the same pool. */
const CHUNKS_AT_WORK_MAX = 2;
let chunksAtWork = 0;
const waiting: (() => void)[] = [];

/** A chunk that is ready to be stored. */
export interface PackedChunk {
  /** One zstd frame, or undefined if the chunk is only digested. */
  readonly stored: Buffer | undefined;
  /** SHA-256 of the raw bytes. */
  readonly digest: Buffer;
}

/** Compresses and digests a chunk in the thread pool. */
export async function packChunk(raw: Buffer, isKept: boolean): Promise<PackedChunk> {
  if (chunksAtWork === CHUNKS_AT_WORK_MAX) await new Promise<void>((go) => waiting.push(go));
  else chunksAtWork++;
  try {
    const digest = Buffer.from(await webcrypto.subtle.digest('SHA-256', raw));
    if (!isKept) return { stored: undefined, digest };
    // One output buffer that always suffices; the default is too small for a chunk, and too large for a line.
    const chunkSize = raw.length + ZSTD_OVERHEAD_BYTES_MAX;
    const params = { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL };
    const stored = await compress(raw, { chunkSize, params });
    return { stored, digest };
  } finally {
    // Whoever waits longest takes this one's place.
    const next = waiting.shift();
    if (next === undefined) chunksAtWork--;
    else next();
  }
}
