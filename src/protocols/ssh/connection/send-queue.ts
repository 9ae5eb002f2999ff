import type { OutputStream } from '../channel-handler.ts';

interface Chunk {
  bytes: Buffer;
  readonly stream: OutputStream;
}

/** Bytes of a channel that its peer does not take yet, in order. */
export class SendQueue {
  readonly #chunks: Chunk[] = [];
  #first = 0;
  #byteCount = 0;

  get byteCount(): number {
    return this.#byteCount;
  }

  /** Keeps a copy. */
  push(bytes: Buffer, stream: OutputStream): void {
    if (bytes.length === 0) return;
    this.#chunks.push({ bytes: Buffer.from(bytes), stream });
    this.#byteCount += bytes.length;
  }

  /** Takes bytes of one stream from the front, at most as many; undefined if there are none. */
  shift(bytesMax: number): { readonly bytes: Buffer; readonly stream: OutputStream } | undefined {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined || bytesMax === 0) return undefined;
    const bytes = chunk.bytes.subarray(0, bytesMax);
    this.#byteCount -= bytes.length;
    if (bytes.length < chunk.bytes.length) chunk.bytes = chunk.bytes.subarray(bytes.length);
    else this.#drop();
    return { bytes, stream: chunk.stream };
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#first = 0;
    this.#byteCount = 0;
  }

  /** An array that loses its first element moves all others: they go in blocks. */
  #drop(): void {
    this.#first += 1;
    if (this.#first < 64 && this.#first < this.#chunks.length) return;
    this.#chunks.splice(0, this.#first);
    this.#first = 0;
  }
}
