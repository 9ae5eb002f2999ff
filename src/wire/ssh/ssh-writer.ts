import assert from 'node:assert/strict';
import { ByteWriter } from '../byte-writer.ts';

/** Writes the data types of RFC 4251 section 5. */
export class SshWriter extends ByteWriter {
  boolean(value: boolean): this {
    return this.byte(value ? 1 : 0);
  }

  uint64(value: bigint): this {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigUInt64BE(value);
    return this.bytes(bytes);
  }

  /** Writes a `string`: a 32-bit length and the bytes. */
  string(value: Uint8Array): this {
    return this.uint32(value.length).bytes(value);
  }

  /** Writes a `string` of UTF-8 text. */
  text(value: string): this {
    return this.string(Buffer.from(value, 'utf8'));
  }

  /** Writes a `name-list`. */
  nameList(names: readonly string[]): this {
    assert(!names.some((name) => name === '' || name.includes(',')), 'not names for a list');
    return this.text(names.join(','));
  }

  /** Writes an `mpint` that is zero or more, from its magnitude; leading zero bytes are dropped. */
  mpint(magnitude: Uint8Array): this {
    let start = 0;
    while (start < magnitude.length && magnitude[start] === 0) start++;
    const bytes = magnitude.subarray(start);
    if ((bytes[0] ?? 0) < 0x80) return this.string(bytes);
    return this.uint32(bytes.length + 1)
      .byte(0)
      .bytes(bytes);
  }
}

/** Begins a message with its number. */
export function writeMessage(number: number): SshWriter {
  return new SshWriter().byte(number);
}
