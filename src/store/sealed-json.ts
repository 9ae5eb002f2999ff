import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { StoreError } from './store-error.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of what is sealed: the way it was. */
const VERSION = 1;

/**
 * Encrypts what a reader of the store's database must not see. A value can be opened only as what it
 * was sealed for: `purpose` and id are part of the seal.
 */
export class SealedJson {
  readonly #key: Buffer;
  readonly #purpose: string;
  readonly #onUnreadable: (error: Error) => void;

  /**
   * @param masterKey 32 bytes; each purpose has a key of its own, derived from it.
   * @param onUnreadable Told of what `openAll` leaves out. Default: ignored.
   */
  constructor(
    masterKey: Buffer,
    purpose: string,
    onUnreadable: (error: Error) => void = () => undefined,
  ) {
    const info = `sallyport store ${purpose}`;
    this.#key = Buffer.from(hkdfSync('sha256', masterKey, '', info, KEY_BYTES));
    this.#purpose = purpose;
    this.#onUnreadable = onUnreadable;
  }

  seal(id: string, value: unknown): Buffer {
    // Random nonces: 2^32 values under one key are out of reach of people who ask people.
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce);
    cipher.setAAD(this.#context(id));
    const sealed = cipher.update(JSON.stringify(value), 'utf8');
    return Buffer.concat([Buffer.of(VERSION), nonce, sealed, cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws {StoreError} If it was sealed with another key or for something else, or was changed. */
  open(id: string, sealed: Buffer): unknown {
    const end = sealed.length - TAG_BYTES;
    const nonceEnd = 1 + NONCE_BYTES;
    try {
      if (sealed[0] !== VERSION || end < nonceEnd) throw new Error('its form is not known');
      const decipher = createDecipheriv(CIPHER, this.#key, sealed.subarray(1, nonceEnd));
      decipher.setAAD(this.#context(id));
      decipher.setAuthTag(sealed.subarray(end));
      const opened = [decipher.update(sealed.subarray(nonceEnd, end)), decipher.final()];
      return JSON.parse(Buffer.concat(opened).toString('utf8'));
    } catch (cause) {
      throw new StoreError(`Cannot open ${this.#purpose}: sealed with another key, or changed`, {
        cause,
      });
    }
  }

  /**
   * Converts what can be opened, and leaves out the rest: one row that somebody damaged, or a gateway with
   * another key wrote, is not to hide all others.
   */
  openAll<Row, Item>(rows: readonly Row[], open: (row: Row) => Item): readonly Item[] {
    return rows.flatMap((row) => {
      try {
        return [open(row)];
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.#onUnreadable(error);
        return [];
      }
    });
  }

  #context(id: string): Buffer {
    return Buffer.from(`${this.#purpose} ${id}`);
  }
}
