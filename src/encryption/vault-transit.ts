import { hash } from 'node:crypto';
import { callBao } from '../targets/secrets/openbao/call-bao.ts';
import { getProperty } from '../targets/secrets/request-service.ts';
import { SourceError } from '../targets/secrets/source-error.ts';
import { EncryptionError } from './encryption-error.ts';
import type { MasterKey } from './master-key.ts';
import { KEY_BYTES } from './wrap-key.ts';

/** Where the key is, and who asks. */
export interface VaultTransitOptions {
  /** URL of Vault or OpenBao, without a slash at its end. */
  readonly address: string;
  /** Where the transit engine is mounted. */
  readonly mount: string;
  /** Name of the key. */
  readonly key: string;
  /** Reads the token, anew for each call: agents renew it. */
  readonly readToken: () => Promise<string>;
  readonly namespace?: string | undefined;
  /** PEM file of the authorities of its certificate; the system's when undefined. */
  readonly caFile?: string | undefined;
}

const SCHEME = 'vault-transit:';

/**
 * A master key in the transit engine of Vault or OpenBao. What is wrapped says for what, in a digest behind
 * the key: that holds whatever type the key has and whatever version the server.
 *
 * @see https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
export class VaultTransitKey implements MasterKey {
  readonly description: string;
  readonly #options: VaultTransitOptions;

  constructor(options: VaultTransitOptions) {
    this.#options = options;
    this.description = `key ${options.key} of ${options.address}/${options.mount}`;
  }

  async wrap(key: Buffer, purpose: string): Promise<string> {
    const plaintext = Buffer.concat([key, digestOf(purpose)]);
    const { ciphertext } = await this.#call('encrypt', {
      plaintext: plaintext.toString('base64'),
    });
    plaintext.fill(0);
    if (typeof ciphertext === 'string' && /^[\x21-\x7e]{1,4096}$/.test(ciphertext)) {
      return SCHEME + ciphertext;
    }
    throw this.#unavailable('wrap', 'its answer has no ciphertext');
  }

  async unwrap(wrapped: string, purpose: string): Promise<Buffer> {
    if (!wrapped.startsWith(SCHEME)) {
      throw this.#refused('unwrap', `the key for ${purpose} was wrapped by another master key`);
    }
    const { plaintext } = await this.#call('decrypt', { ciphertext: wrapped.slice(SCHEME.length) });
    const bytes = Buffer.from(typeof plaintext === 'string' ? plaintext : '', 'base64');
    if (bytes.subarray(KEY_BYTES).equals(digestOf(purpose))) return bytes.subarray(0, KEY_BYTES);
    throw this.#refused('unwrap', `the key for ${purpose} was changed, or belongs elsewhere`);
  }

  async #call(
    verb: 'encrypt' | 'decrypt',
    body: Readonly<Record<string, string>>,
  ): Promise<{ readonly ciphertext: unknown; readonly plaintext: unknown }> {
    const { address, mount, key, readToken, namespace, caFile } = this.#options;
    const step = verb === 'encrypt' ? 'wrap' : 'unwrap';
    const token = await readToken().catch((cause: unknown) => {
      throw this.#unavailable(step, 'its token cannot be read', cause);
    });
    const call = { method: 'POST', path: `${mount}/${verb}/${key}`, token, body } as const;
    const { signal } = new AbortController();
    try {
      const answer = await callBao({ address, namespace, caFile }, { ...call, signal });
      const data = getProperty(answer, 'data');
      return {
        ciphertext: getProperty(data, 'ciphertext'),
        plaintext: getProperty(data, 'plaintext'),
      };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      // A ciphertext that it cannot decrypt, a token without the right, no such key: trying again is of no use.
      throw error.code === 'ERR_SOURCE_UNAVAILABLE'
        ? this.#unavailable(step, error.reason)
        : this.#refused(step, error.reason);
    }
  }

  #refused(step: 'wrap' | 'unwrap', reason: string): EncryptionError {
    return new EncryptionError('ERR_KEY_REFUSED', this.#phrase(step, reason));
  }

  #unavailable(step: 'wrap' | 'unwrap', reason: string, cause?: unknown): EncryptionError {
    return new EncryptionError('ERR_KEY_UNAVAILABLE', this.#phrase(step, reason), { cause });
  }

  #phrase(step: 'wrap' | 'unwrap', reason: string): string {
    return `Cannot ${step} key with ${this.description}: ${reason}`;
  }
}

function digestOf(purpose: string): Buffer {
  return hash('sha256', purpose, 'buffer');
}
