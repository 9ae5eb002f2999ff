import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
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
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;

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
  ): Promise<Readonly<Record<string, unknown>>> {
    const { address, mount, key, readToken } = this.#options;
    const step = verb === 'encrypt' ? 'wrap' : 'unwrap';
    const token = await readToken().catch((cause: unknown) => {
      throw this.#unavailable(step, 'its token cannot be read', cause);
    });
    let answer: { readonly status: number; readonly body: string };
    try {
      answer = await this.#post(`${address}/v1/${mount}/${verb}/${key}`, token, body);
    } catch (cause) {
      throw this.#unavailable(step, describe(cause), cause);
    }
    const { status } = answer;
    if (status === 200) return readData(answer.body);
    const reason = `it answered with status ${status}`;
    // 400 is a ciphertext that it cannot decrypt, 403 a token without the right, 404 no such key.
    throw status === 400 || status === 403 || status === 404
      ? this.#refused(step, reason)
      : this.#unavailable(step, reason);
  }

  async #post(
    url: string,
    token: string,
    body: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: string }> {
    const { namespace, caFile } = this.#options;
    const text = JSON.stringify(body);
    const options = {
      method: 'POST',
      agent: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
        'x-vault-request': 'true',
        'x-vault-token': token,
        ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
      },
      ...(caFile !== undefined && { ca: await readFile(caFile) }),
    };
    const start = new URL(url).protocol === 'http:' ? httpRequest : httpsRequest;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      start(url, options).on('response', resolve).on('error', reject).end(text);
    });
    return { status: answer.statusCode ?? 0, body: await readBody(answer) };
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

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new RangeError('answer too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readData(body: string): Readonly<Record<string, unknown>> {
  try {
    const { data } = JSON.parse(body) as { readonly data?: Readonly<Record<string, unknown>> };
    return data ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The error's code only: messages of the system can quote what was sent. */
function describe(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it does not answer';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `the connection failed (${code})` : 'the connection failed';
}
