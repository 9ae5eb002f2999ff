import { hash } from 'node:crypto';
import type { DayKey } from '../encryption/day-keys.ts';
import { Keystream } from '../encryption/keystream.ts';
import { type ContentKey, createContentKey } from './content-key.ts';
import { CONTENT_BYTES_MAX } from './encode-content.ts';

const DAY_MS = 86_400_000;
/** Key id and offset stand before the ciphertext where the hash is taken. */
const PREFIX_BYTES = 36;
/** Half of what an offset can say: a batch that is being filled may go beyond. */
const OFFSET_MAX: number = 2 ** 31;

/** A content as the segment stores it. */
export interface SealedContent {
  /** For the entry: hex SHA-256 over the key's id, the offset and the ciphertext. */
  readonly hash: string;
  /** In the keystream. */
  readonly offset: number;
  /** Ciphertext. Good until the next content is sealed. */
  readonly bytes: Buffer;
}

/**
 * Seals the contents of one segment: AES-256-CTR, one keystream for all of them. The offset only ever
 * rises, for as long as the key exists, which is no longer than this object: whatever becomes of the
 * bytes, no part of the keystream is used twice.
 */
export class ContentSealer {
  readonly key: ContentKey;
  readonly #keystream: Keystream;
  /** Key id, offset, content; words, for the keystream's sake. */
  readonly #words: Uint32Array = new Uint32Array((PREFIX_BYTES + CONTENT_BYTES_MAX) / 4 + 1);
  readonly #bytes: Buffer = Buffer.from(this.#words.buffer);
  #offset = 0;

  constructor(key: ContentKey) {
    this.key = key;
    this.#keystream = new Keystream(key.key);
    key.sealed.id.copy(this.#bytes);
  }

  /** Of the day whose key wraps its key: days since the Unix epoch. */
  get dayNumber(): number {
    return Date.parse(this.key.sealed.day) / DAY_MS;
  }

  /** Whether no more contents can be sealed with this key. */
  get isSpent(): boolean {
    return this.#offset > OFFSET_MAX;
  }

  /** @param content JSON of at most `CONTENT_BYTES_MAX` bytes in UTF-8. */
  seal(content: string): SealedContent {
    const offset = this.#offset;
    const length = this.#bytes.write(content, PREFIX_BYTES);
    const wordCount = (length + 3) >>> 2;
    this.#offset += wordCount * 4;
    this.#keystream.apply(this.#words, PREFIX_BYTES / 4, wordCount, offset);
    this.#bytes.writeUInt32BE(offset, PREFIX_BYTES - 4);
    const end = PREFIX_BYTES + length;
    return {
      hash: hash('sha256', this.#bytes.subarray(0, end), 'hex'),
      offset,
      bytes: this.#bytes.subarray(PREFIX_BYTES, end),
    };
  }
}

/** Makes what seals the contents of a log's next segment. */
export function makeSealer(dayKey: DayKey, logName: string): ContentSealer {
  return new ContentSealer(createContentKey(dayKey, logName));
}

/**
 * The hash that an entry holds of its content.
 *
 * @param ciphertext At most `CONTENT_BYTES_MAX` bytes.
 */
export function hashContent(keyId: Buffer, offset: number, ciphertext: Buffer): string {
  keyId.copy(hashed);
  hashed.writeUInt32BE(offset, keyId.length);
  const end = PREFIX_BYTES + ciphertext.copy(hashed, PREFIX_BYTES);
  return hash('sha256', hashed.subarray(0, end), 'hex');
}

/** A verifier hashes millions: they share this. */
const hashed: Buffer = Buffer.allocUnsafeSlow(PREFIX_BYTES + CONTENT_BYTES_MAX);
