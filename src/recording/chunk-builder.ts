import type { Direction } from './recorder.ts';
import { CHUNK_RAW_BYTES_MAX, FRAME_HEADER_BYTES_MAX } from './recording-format.ts';

/** Most sessions say little at a time: a chunk begins small and grows in steps of four. */
const FIRST_CAPACITY_BYTES = 1024;
const GROWTH = 4;
/** Whole chunks, and beginnings, that are kept for the next session instead of being allocated anew. */
const SPARE_CHUNKS_MAX = 16;
const SPARE_BEGINNINGS_MAX = 1024;
/** Below this a frame waits for the next chunk. */
const FRAME_BYTES_MIN = 64;

const spareChunks: Buffer[] = [];
const spareBeginnings: Buffer[] = [];

/** Gives a chunk's memory back once nobody reads it any more. */
export function recycleChunk(memory: Buffer): void {
  if (memory.length === CHUNK_RAW_BYTES_MAX && spareChunks.length < SPARE_CHUNKS_MAX) {
    spareChunks.push(memory);
  } else if (
    memory.length === FIRST_CAPACITY_BYTES &&
    spareBeginnings.length < SPARE_BEGINNINGS_MAX
  ) {
    // Thousands of sessions that say little would each leave a hole in the heap.
    spareBeginnings.push(memory);
  }
}

/** The raw bytes of one chunk while it fills. */
export class ChunkBuilder {
  #memory: Buffer = spareBeginnings.pop() ?? Buffer.allocUnsafeSlow(FIRST_CAPACITY_BYTES);
  #length = 0;
  /** Bytes of the session in it, without frames' headers. */
  contentBytes = 0;

  get isFull(): boolean {
    return this.#length + FRAME_HEADER_BYTES_MAX + FRAME_BYTES_MIN > CHUNK_RAW_BYTES_MAX;
  }

  /** All of its memory, for `recycleChunk`. */
  get memory(): Buffer {
    return this.#memory;
  }

  get raw(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** Adds as much as there is room for, and returns where the rest starts. */
  // oxlint-disable-next-line max-params -- called for each message: no object is made for the arguments
  add(direction: Direction, atMs: number, bytes: Buffer, start: number, end: number): number {
    this.#reserve(FRAME_HEADER_BYTES_MAX + end - start);
    const room = this.#memory.length - this.#length - FRAME_HEADER_BYTES_MAX;
    const until = Math.min(end, start + room);
    this.#memory[this.#length++] = direction === 'sent' ? 0 : 1;
    this.#varint(atMs);
    this.#varint(until - start);
    this.#length += bytes.copy(this.#memory, this.#length, start, until);
    this.contentBytes += until - start;
    return until;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#memory[this.#length++] = (rest % 128) + 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#memory[this.#length++] = rest;
  }

  #reserve(bytes: number): void {
    let capacity = this.#memory.length;
    while (capacity < this.#length + bytes && capacity < CHUNK_RAW_BYTES_MAX) capacity *= GROWTH;
    if (capacity === this.#memory.length) return;
    const isWhole = capacity === CHUNK_RAW_BYTES_MAX;
    const spare = isWhole ? spareChunks.pop() : undefined;
    const grown = spare ?? Buffer.allocUnsafeSlow(capacity);
    this.#memory.copy(grown, 0, 0, this.#length);
    recycleChunk(this.#memory);
    this.#memory = grown;
  }
}
