import type { Direction } from './recorder.ts';
import { CHUNK_RAW_BYTES_MAX, FRAME_HEADER_BYTES_MAX } from './recording-format.ts';

/** Most sessions say little at a time: a chunk begins small and grows in steps of four. */
const FIRST_CAPACITY_BYTES = 1024;
const GROWTH = 4;
/** Bytes of each capacity that are kept for later chunks: what is allocated anew each time has the whole heap collected. */
const SPARE_BYTES_MAX: number = 4 * 1024 * 1024;
/** Below this a frame waits for the next chunk. */
const FRAME_BYTES_MIN = 64;

/** By capacity. */
const spares = new Map<number, Buffer[]>();

/** Gives a chunk's memory back once nobody reads it any more. */
export function recycleChunk(memory: Buffer): void {
  const alike = spares.get(memory.length);
  if (alike === undefined) spares.set(memory.length, [memory]);
  else if (alike.length < SPARE_BYTES_MAX / memory.length) alike.push(memory);
}

function takeMemory(capacity: number): Buffer {
  return spares.get(capacity)?.pop() ?? Buffer.allocUnsafeSlow(capacity);
}

/** The raw bytes of one chunk while it fills. */
export class ChunkBuilder {
  #memory: Buffer = takeMemory(FIRST_CAPACITY_BYTES);
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
    const grown = takeMemory(capacity);
    this.#memory.copy(grown, 0, 0, this.#length);
    recycleChunk(this.#memory);
    this.#memory = grown;
  }
}
