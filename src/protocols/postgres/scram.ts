import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { prepareScramPassword } from './scram-password.ts';

const SCRAM_SHA_256 = 'SCRAM-SHA-256';

/** Name of the mechanism with channel binding. */
export const SCRAM_SHA_256_PLUS = 'SCRAM-SHA-256-PLUS';

/**
 * Rounds of PBKDF2 that a server may ask for. PostgreSQL's default is 4096; a million take a core
 * about a third of a second, and a hostile server must not get more.
 */
export const SCRAM_ITERATIONS_MAX = 1_000_000;

/**
 * How the exchange is tied to the TLS connection below it.
 *
 * `not-offered` tells the server that we would have: if it did offer, someone in between took the
 * offer away, and the server ends the login.
 */
export type ScramBinding =
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'not-offered' }
  | { readonly kind: 'tls-server-end-point'; readonly certificateHash: Buffer };

export interface ScramOptions {
  readonly password: Buffer;
  /** Printable ASCII without a comma; 18 random bytes in base64 do. */
  readonly clientNonce: string;
  readonly binding: ScramBinding;
  /** PostgreSQL takes the name from the startup message and ignores this one. */
  readonly userName?: string;
}

/** The server broke the rules of SCRAM, or does not know the password itself. */
export class ScramError extends Error {
  override readonly name = 'ScramError';
  readonly code = 'ERR_SCRAM';

  constructor(reason: string) {
    super(`Cannot log in by SCRAM: ${reason}`);
  }
}

const pbkdf2Async = promisify(pbkdf2);

/**
 * The client's side of one SCRAM-SHA-256 exchange, with or without channel binding. Call the methods
 * once each, in order. The login may count as done only when {@link verifyServerFinal} has returned.
 *
 * @see RFC 5802, RFC 7677, RFC 5929
 */
export class ScramClient {
  readonly #options: ScramOptions;
  readonly #gs2Header: string;
  readonly #clientFirstBare: string;
  #serverSignature: Buffer | undefined;

  constructor(options: ScramOptions) {
    assert.match(options.clientNonce, /^[\x21-\x2b\x2d-\x7e]+$/);
    this.#options = options;
    this.#gs2Header = gs2HeaderOf(options.binding);
    const name = (options.userName ?? '').replaceAll('=', '=3D').replaceAll(',', '=2C');
    this.#clientFirstBare = `n=${name},r=${options.clientNonce}`;
  }

  /** Name of the mechanism to ask the server for. */
  get mechanism(): string {
    return this.#options.binding.kind === 'tls-server-end-point'
      ? SCRAM_SHA_256_PLUS
      : SCRAM_SHA_256;
  }

  clientFirst(): Buffer {
    return Buffer.from(this.#gs2Header + this.#clientFirstBare);
  }

  /**
   * Answers the server's first message with the proof that we know the password.
   *
   * @throws {ScramError} If the message is malformed, its nonce does not continue ours, or it asks
   *   for more than {@link SCRAM_ITERATIONS_MAX} rounds. No proof was computed then.
   */
  async clientFinal(serverFirst: Buffer): Promise<Buffer> {
    assert(this.#serverSignature === undefined, 'one proof per exchange');
    const { nonce, salt, iterations } = parseServerFirst(serverFirst, this.#options.clientNonce);
    const password = prepareScramPassword(this.#options.password);
    const saltedPassword = await pbkdf2Async(password, salt, iterations, 32, 'sha256');

    const { binding } = this.#options;
    const bindingData =
      binding.kind === 'tls-server-end-point' ? binding.certificateHash : Buffer.alloc(0);
    const channelBinding = Buffer.concat([Buffer.from(this.#gs2Header), bindingData]);
    const withoutProof = `c=${channelBinding.toString('base64')},r=${nonce}`;
    const authMessage = `${this.#clientFirstBare},${serverFirst.toString('latin1')},${withoutProof}`;

    const clientKey = hmac(saltedPassword, 'Client Key');
    const storedKey = createHash('sha256').update(clientKey).digest();
    const clientSignature = hmac(storedKey, authMessage);
    const proof = clientKey.map((byte, index) => byte ^ clientSignature.readUInt8(index));
    this.#serverSignature = hmac(hmac(saltedPassword, 'Server Key'), authMessage);
    return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`);
  }

  /**
   * Checks that the server knows the password too, which an impostor does not.
   *
   * @throws {ScramError} If it does not, or reports an error.
   */
  verifyServerFinal(serverFinal: Buffer): void {
    assert(this.#serverSignature !== undefined, 'the proof comes first');
    const [attribute] = serverFinal.toString('latin1').split(',');
    if (attribute?.startsWith('v=') !== true) throw new ScramError('the server reports an error');
    const signature = decodeBase64(attribute.slice(2));
    if (
      signature === undefined ||
      signature.length !== this.#serverSignature.length ||
      !timingSafeEqual(signature, this.#serverSignature)
    ) {
      throw new ScramError('the server does not know the password');
    }
  }
}

function gs2HeaderOf(binding: ScramBinding): string {
  switch (binding.kind) {
    case 'unsupported':
      return 'n,,';
    case 'not-offered':
      return 'y,,';
    case 'tls-server-end-point':
      return 'p=tls-server-end-point,,';
  }
}

interface ServerFirst {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

function parseServerFirst(message: Buffer, clientNonce: string): ServerFirst {
  // Extensions may follow the three attributes; one that must be understood (`m=`) comes first.
  const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([^,]+),i=([1-9][0-9]{0,9})(?:,|$)/.exec(
    message.toString('latin1'),
  );
  const [, nonce, saltText, iterationsText] = match ?? [];
  if (nonce === undefined || saltText === undefined || iterationsText === undefined) {
    throw new ScramError('the first message of the server is malformed');
  }
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw new ScramError('the nonce of the server does not continue ours');
  }
  const salt = decodeBase64(saltText);
  if (salt === undefined) throw new ScramError('the salt is not base64');
  const iterations = Number(iterationsText);
  if (iterations > SCRAM_ITERATIONS_MAX) {
    throw new ScramError(
      `the server asks for ${iterations} rounds, at most ${SCRAM_ITERATIONS_MAX} allowed`,
    );
  }
  return { nonce, salt, iterations };
}

/** Strict, unlike `Buffer.from`, which skips what it does not know. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}

function hmac(key: Buffer, text: string): Buffer {
  // latin1 because the server's first message must enter byte by byte; all else is ASCII.
  return createHmac('sha256', key).update(text, 'latin1').digest();
}
