/** Bytes with which the memory begins. */
const FIRST_BYTES = 4 * 1024;

/** What a client sent behind a message that waits. Grows by doubling: bytes may come one by one. */
export class RequestBacklog {
  #buffer: Buffer;
  #length: number;

  /** @param bytes Copied. */
  constructor(bytes: Buffer) {
    this.#buffer = Buffer.from(bytes);
    this.#length = bytes.length;
  }

  /** How many wait. */
  get byteCount(): number {
    return this.#length;
  }

  /** The bytes that wait; valid until the next `add`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Copies `buffer[start, end)` behind what waits. */
  add(buffer: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, this.#buffer.length * 2, length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    buffer.copy(this.#buffer, this.#length, start, end);
    this.#length = length;
  }
}
