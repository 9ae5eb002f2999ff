import type { FieldList } from './field-list.ts';

/** Behind the data of a chunk. */
export const CHUNK_END: Buffer = Buffer.from('\r\n');

/** What stands before the data of a chunk. @param dataBytes One or more: an empty chunk would end the body. */
export function encodeChunkHead(dataBytes: number): Buffer {
  return Buffer.from(`${dataBytes.toString(16)}\r\n`, 'latin1');
}

/** The end of a body of chunks. */
export function encodeLastChunk(trailers: FieldList): Buffer {
  return Buffer.from(`0\r\n${trailers.format()}\r\n`, 'latin1');
}
