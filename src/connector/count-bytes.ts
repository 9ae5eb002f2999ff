import type { Duplex } from 'node:stream';

/** Bytes that went by. */
export interface ByteCounts {
  bytesToTarget: number;
  bytesFromTarget: number;
}

/**
 * Counts what is read from a stream (for the target), and what is written to it. Does not stand in between: a stream
 * around each stream would cost as much as the stream itself.
 */
export function countBytes(stream: Duplex, counts: ByteCounts): void {
  const push = stream.push.bind(stream);
  stream.push = (chunk: Buffer | null, encoding) => {
    if (chunk !== null) counts.bytesToTarget += chunk.length;
    return push(chunk, encoding);
  };
  const write = stream._write.bind(stream);
  stream._write = (chunk: Buffer, encoding, done) => {
    counts.bytesFromTarget += chunk.length;
    write(chunk, encoding, done);
  };
  const writeMany = stream._writev?.bind(stream);
  if (writeMany === undefined) return;
  stream._writev = (chunks: { chunk: Buffer; encoding: BufferEncoding }[], done) => {
    for (const { chunk } of chunks) counts.bytesFromTarget += chunk.length;
    writeMany(chunks, done);
  };
}
