import assert from 'node:assert/strict';

const CAPACITY_AT_FIRST_BYTES = 128;

/** Writes fields one after the other, big-endian, into a buffer that grows. */
export class ByteWriter {
  #buffer: Buffer = Buffer.allocUnsafe(CAPACITY_AT_FIRST_BYTES);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  byte(value: number): this {
    const start = this.#grow(1);
    this.#buffer.writeUInt8(value, start);
    return this;
  }

  int16(value: number): this {
    const start = this.#grow(2);
    this.#buffer.writeInt16BE(value, start);
    return this;
  }

  uint16(value: number): this {
    const start = this.#grow(2);
    this.#buffer.writeUInt16BE(value, start);
    return this;
  }

  int32(value: number): this {
    const start = this.#grow(4);
    this.#buffer.writeInt32BE(value, start);
    return this;
  }

  uint32(value: number): this {
    const start = this.#grow(4);
    this.#buffer.writeUInt32BE(value, start);
    return this;
  }

  bytes(value: Uint8Array): this {
    const start = this.#grow(value.length);
    this.#buffer.set(value, start);
    return this;
  }

  /** Writes a 32-bit length and the bytes; null as length -1. */
  nullableBytes(value: Uint8Array | null): this {
    return value === null ? this.int32(-1) : this.int32(value.length).bytes(value);
  }

  /** Writes UTF-8 text and a zero byte. */
  cString(value: string): this {
    // A zero byte inside would let the text forge the fields after it.
    assert(!value.includes('\0'), 'text for the wire contains a zero byte');
    const size = Buffer.byteLength(value);
    const start = this.#grow(size + 1);
    this.#buffer.write(value, start, size, 'utf8');
    this.#buffer[start + size] = 0;
    return this;
  }

  /** Overwrites four bytes written before, such as a length that was not known then. */
  setInt32(offset: number, value: number): this {
    assert(offset + 4 <= this.#length);
    this.#buffer.writeInt32BE(value, offset);
    return this;
  }

  /** What was written. Shares the writer's memory: write no more afterwards. */
  toBuffer(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Makes room for `size` bytes, maybe in a new buffer, and returns the offset where they start. */
  #grow(size: number): number {
    const start = this.#length;
    const needed = start + size;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, start);
      this.#buffer = grown;
    }
    this.#length = needed;
    return start;
  }
}
