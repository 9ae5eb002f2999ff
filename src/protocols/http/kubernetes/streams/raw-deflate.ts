import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { RawDeflate } from '../../../../wire/spdy/header-compression.ts';

const finishFlush = constants.Z_SYNC_FLUSH;

/** Deflate of zlib, for the headers of SPDY. */
export const RAW_DEFLATE: RawDeflate = {
  inflate: (bytes, dictionary, bytesMax) =>
    inflateRawSync(bytes, { dictionary, finishFlush, maxOutputLength: bytesMax }),
  deflate: (bytes, dictionary) => deflateRawSync(bytes, { dictionary, finishFlush }),
};
