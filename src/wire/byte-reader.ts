import { isUtf8 } from 'node:buffer';
import { ProtocolError } from './protocol-error.ts';

/**
 * Reads the fields of one message in order, big-endian, and never past its end.
 *
 * Every method throws {@link ProtocolError} where the message ends too early.
 */
export class ByteReader {
  readonly #body: Buffer;
  readonly #messageName: string;
  #offset = 0;

  constructor(body: Buffer, messageName: string) {
    this.#body = body;
    this.#messageName = messageName;
  }

  /** Where the next field starts, counted from the start of the body. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#body.length - this.#offset;
  }

  byte(): number {
    return this.#body.readUInt8(this.#take(1));
  }

  int16(): number {
    return this.#body.readInt16BE(this.#take(2));
  }

  uint16(): number {
    return this.#body.readUInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#body.readInt32BE(this.#take(4));
  }

  uint32(): number {
    return this.#body.readUInt32BE(this.#take(4));
  }

  /** Reads `size` bytes without copying them: the result shares the body's memory. */
  bytes(size: number): Buffer {
    if (size < 0) throw this.error(`field of negative length at byte ${this.#offset}`);
    const start = this.#take(size);
    return this.#body.subarray(start, start + size);
  }

  /** Reads a 32-bit length and as many bytes; -1 stands for null. */
  nullableBytes(): Buffer | null {
    const size = this.int32();
    return size === -1 ? null : this.bytes(size);
  }

  /**
   * Reads UTF-8 text up to a zero byte, and consumes the zero byte. Bytes that are not UTF-8 become
   * U+FFFD, so do not use this for names that must be told apart: see {@link name}.
   */
  cString(): string {
    const start = this.#offset;
    return this.#body.toString('utf8', start, this.skipCString());
  }

  /** Like {@link cString}, but refuses bytes that are not UTF-8, so equal means equal bytes. */
  name(): string {
    const start = this.#offset;
    const bytes = this.#body.subarray(start, this.skipCString());
    if (!isUtf8(bytes)) throw this.error(`string at byte ${start} is not UTF-8`);
    return bytes.toString('utf8');
  }

  /** Passes over text up to a zero byte, and the zero byte. Returns where the zero byte is. */
  skipCString(): number {
    const end = this.#body.indexOf(0, this.#offset);
    if (end === -1) throw this.error('string is not terminated');
    this.#offset = end + 1;
    return end;
  }

  /** Call after the last field: bytes left over mean we misread the message. */
  expectEnd(): void {
    if (this.remaining !== 0) throw this.error(`${this.remaining} bytes after the last field`);
  }

  /** A {@link ProtocolError} about this message, for the caller to throw. */
  error(reason: string): ProtocolError {
    return new ProtocolError(this.#messageName, reason);
  }

  /** Advances by `size` bytes and returns the offset where they start. */
  #take(size: number): number {
    const start = this.#offset;
    if (size > this.#body.length - start) throw this.error(`ends inside a field at byte ${start}`);
    this.#offset = start + size;
    return start;
  }
}
