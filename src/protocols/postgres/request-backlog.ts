/** Bytes with which the memory begins. */
const FIRST_BYTES = 4 * 1024;

/** What a client sent behind a message that waits. Grows by doubling: bytes may come one by one. */
export class RequestBacklog {
  #buffer: Buffer;
  #start = 0;
  #end: number;

  /** @param bytes Copied. */
  constructor(bytes: Buffer) {
    this.#buffer = Buffer.from(bytes);
    this.#end = bytes.length;
  }

  /** How many wait. */
  get byteCount(): number {
    return this.#end - this.#start;
  }

  /** The bytes that wait; valid until the next `add`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Forgets all but the last `byteCount` bytes, which stay where they are. */
  keepLast(byteCount: number): void {
    this.#start = this.#end - byteCount;
  }

  /** Copies `buffer[start, end)` behind what waits. */
  add(buffer: Buffer, start: number, end: number): void {
    if (this.#end + end - start > this.#buffer.length) this.#makeRoom(end - start);
    this.#end += buffer.copy(this.#buffer, this.#end, start, end);
  }

  #makeRoom(byteCount: number): void {
    const waiting = this.bytes;
    const needed = waiting.length + byteCount;
    // Moving is as cheap as growing where at least half has been taken.
    const isRoomy = needed * 2 <= this.#buffer.length;
    const memory = isRoomy
      ? this.#buffer
      : Buffer.allocUnsafe(Math.max(FIRST_BYTES, this.#buffer.length * 2, needed));
    waiting.copy(memory);
    this.#buffer = memory;
    this.#start = 0;
    this.#end = waiting.length;
  }
}
