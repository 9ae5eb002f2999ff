import { isUtf8 } from 'node:buffer';
import { ByteReader } from '../byte-reader.ts';
import { ProtocolError } from '../protocol-error.ts';

/** Printable US-ASCII without the comma, which separates names in a list. */
const NAME = /^[!-+\x2d-~]+$/;

/** Of one name; RFC 4251 section 6 says 64, and OpenSSH's own longest stay below it. */
const NAME_CHARACTERS_MAX = 64;

/**
 * Of one `mpint`: RSA with 16 384 bits and the byte of its sign, as many as OpenSSH reads
 * (`SSHBUF_MAX_BIGNUM`).
 */
const MPINT_BYTES_MAX: number = 16_384 / 8 + 1;

/**
 * Reads the data types of RFC 4251 section 5. Every method throws {@link ProtocolError} where the
 * bytes end too early or are not in the one form that the RFC allows.
 */
export class SshReader extends ByteReader {
  boolean(): boolean {
    return this.byte() !== 0;
  }

  uint64(): bigint {
    return this.bytes(8).readBigUInt64BE();
  }

  /** Reads a `string`: a 32-bit length and as many bytes, which share the body's memory. */
  string(): Buffer {
    return this.bytes(this.uint32());
  }

  /** Reads a `string` that is UTF-8; refuses other bytes, so that equal text means equal bytes. */
  text(): string {
    const start = this.offset;
    const bytes = this.string();
    if (!isUtf8(bytes)) throw this.error(`string at byte ${start} is not UTF-8`);
    return bytes.toString('utf8');
  }

  /** Reads a `string` that names something: an algorithm, a method, a type of channel. */
  identifier(): string {
    const start = this.offset;
    const text = this.string().toString('latin1');
    if (text.length > NAME_CHARACTERS_MAX || !NAME.test(text)) {
      throw this.error(`string at byte ${start} is not a name`);
    }
    return text;
  }

  /** Reads a `name-list`. */
  nameList(): string[] {
    const start = this.offset;
    const text = this.string().toString('latin1');
    if (text === '') return [];
    const names = text.split(',');
    for (const name of names) {
      if (name.length > NAME_CHARACTERS_MAX || !NAME.test(name)) {
        throw this.error(`list at byte ${start} holds what is not a name`);
      }
    }
    return names;
  }

  /** Reads an `mpint` that is zero or more. Returns its magnitude without leading zero bytes. */
  mpint(): Buffer {
    const start = this.offset;
    const bytes = this.string();
    if (bytes.length > MPINT_BYTES_MAX) throw this.error(`integer at byte ${start} is too long`);
    const [first, second] = bytes;
    if (first === undefined) return bytes;
    if (first >= 0x80) throw this.error(`integer at byte ${start} is negative`);
    if (first !== 0) return bytes;
    // A zero byte in front may only keep the next one from being read as a sign.
    if (second === undefined || second < 0x80) {
      throw this.error(`integer at byte ${start} is longer than it needs to be`);
    }
    return bytes.subarray(1);
  }
}

/**
 * Begins to read a message, past its number.
 *
 * @param messageName For errors, by the name of the RFC.
 * @throws {ProtocolError} If `payload` is empty or another message.
 */
export function readMessage(payload: Buffer, number: number, messageName: string): SshReader {
  const reader = new SshReader(payload, messageName);
  if (reader.byte() !== number) throw new ProtocolError(messageName, 'is another message');
  return reader;
}

/** Reads a message that is nothing but its number. */
export function readEmptyMessage(payload: Buffer, number: number, messageName: string): void {
  readMessage(payload, number, messageName).expectEnd();
}
