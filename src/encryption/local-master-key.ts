import { createSecretKey, hash, type KeyObject } from 'node:crypto';
import { EncryptionError } from './encryption-error.ts';
import type { MasterKey } from './master-key.ts';
import { unwrapKey, wrapKey } from './wrap-key.ts';

const SCHEME = 'local';
/** Hex digits of the key's fingerprint: enough to tell a customer's keys apart. */
const FINGERPRINT_LENGTH = 16;

/** A master key that this process holds itself: read from a file or from the environment. */
export class LocalMasterKey implements MasterKey {
  readonly description: string;
  readonly #key: KeyObject;
  readonly #fingerprint: string;

  /** @param key 32 bytes. @param source Where it was read, for people. */
  constructor(key: Buffer, source: string) {
    this.#key = createSecretKey(key);
    const prefixed = Buffer.concat([Buffer.from('sallyport master key '), key]);
    this.#fingerprint = hash('sha256', prefixed, 'hex').slice(0, FINGERPRINT_LENGTH);
    this.description = `${source} (${this.#fingerprint})`;
  }

  async wrap(key: Buffer, purpose: string): Promise<string> {
    const wrapped = wrapKey(this.#key, key, purpose).toString('base64');
    return `${SCHEME}:${this.#fingerprint}:${wrapped}`;
  }

  async unwrap(wrapped: string, purpose: string): Promise<Buffer> {
    const [scheme, fingerprint, bytes = ''] = wrapped.split(':');
    if (scheme !== SCHEME || fingerprint !== this.#fingerprint) {
      const by =
        scheme === SCHEME ? `the master key ${fingerprint}` : 'a master key of another kind';
      throw new EncryptionError(
        'ERR_KEY_REFUSED',
        `Cannot unwrap key for ${purpose}: it was wrapped by ${by}, not by ${this.description}`,
      );
    }
    const key = unwrapKey(this.#key, Buffer.from(bytes, 'base64'), purpose);
    if (key !== undefined) return key;
    throw new EncryptionError(
      'ERR_KEY_REFUSED',
      `Cannot unwrap key for ${purpose}: it was changed, or belongs elsewhere`,
    );
  }
}
