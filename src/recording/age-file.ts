import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Decrypter, Encrypter } from 'age-encryption';
import { encodeLength, encodePadding, PADDING_BYTES_MIN } from './skipped-frames.ts';
import type { TrackEncoder } from './track-encoder.ts';

/*
 * Files that `age` decrypts (https://age-encryption.org/v1). Headers are the package's work: it knows the kinds of
 * recipients. The payload is ours: ChaCha20-Poly1305 of OpenSSL is five times as fast as the package's.
 */

/** Bytes of a payload chunk before encryption. */
const CHUNK_BYTES: number = 64 * 1024;
const TAG_BYTES = 16;
const PAYLOAD_NONCE_BYTES = 16;
const STREAM_NONCE_BYTES = 12;
/** Bytes of a header that is read. A recipient takes some 110, a post-quantum one 1 600. */
const HEADER_BYTES_MAX: number = 256 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

/** How to encrypt one file. */
export interface AgeFileStart {
  /** Header and payload nonce. */
  readonly start: Buffer;
  /** 32 bytes; goes nowhere else. */
  readonly payloadKey: Buffer;
}

/**
 * Begins a file that only these recipients can decrypt.
 *
 * @param recipients `age1…`, at least one.
 * @throws {Error} If one of them is no recipient.
 */
export async function beginAgeFile(recipients: readonly string[]): Promise<AgeFileStart> {
  assert(recipients.length > 0);
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  let fileKey: Buffer | undefined;
  // Stands among the recipients without a line of its own: this is how the package lets one see the key.
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = Buffer.from(key);
      return [];
    },
  });
  const empty = await encrypter.encrypt(new Uint8Array());
  assert(fileKey);
  const header = Buffer.from(empty).subarray(0, -(PAYLOAD_NONCE_BYTES + TAG_BYTES));
  const nonce = randomBytes(PAYLOAD_NONCE_BYTES);
  return { start: Buffer.concat([header, nonce]), payloadKey: derivePayloadKey(fileKey, nonce) };
}

/** Whether a text can be given to `beginAgeFile`. */
export function isAgeRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

function derivePayloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

/**
 * Encrypts the payload of a file: frames of zstd, so that `age -d | zstd -d` reads it. Before each one stands a
 * frame of a kind that zstd skips, with its length.
 */
export class AgeEncoder implements TrackEncoder {
  readonly #key: Buffer;
  #count = 0;
  /** At most one chunk, which may be the last one. */
  #held: Buffer = NOTHING;
  #hasNews = false;

  constructor(payloadKey: Buffer) {
    this.#key = payloadKey;
  }

  get isHolding(): boolean {
    return this.#hasNews;
  }

  encode(compressed: Buffer): Buffer {
    this.#held = Buffer.concat([this.#held, encodeLength(compressed.length), compressed]);
    this.#hasNews = true;
    return this.#takeChunks();
  }

  /** Fills the chunk up with what readers skip. */
  flush(): Buffer {
    if (!this.#hasNews) return NOTHING;
    const missing = CHUNK_BYTES - this.#held.length;
    const bytes = missing < PADDING_BYTES_MIN ? missing + CHUNK_BYTES : missing;
    // The second one is held back: the last chunk of a file must not be empty.
    this.#held = Buffer.concat([
      this.#held,
      encodePadding(bytes),
      encodePadding(PADDING_BYTES_MIN),
    ]);
    this.#hasNews = false;
    return this.#takeChunks();
  }

  end(): Buffer {
    const last = this.#seal(this.#held, true);
    this.#held = NOTHING;
    this.#hasNews = false;
    return last;
  }

  #takeChunks(): Buffer {
    const sealed: Buffer[] = [];
    // Only what something follows is known not to be the last.
    while (this.#held.length > CHUNK_BYTES) {
      sealed.push(this.#seal(this.#held.subarray(0, CHUNK_BYTES), false));
      this.#held = this.#held.subarray(CHUNK_BYTES);
    }
    if (sealed.length > 0) this.#held = Buffer.from(this.#held);
    return Buffer.concat(sealed);
  }

  #seal(plain: Buffer, isLast: boolean): Buffer {
    const cipher = createCipheriv('chacha20-poly1305', this.#key, nonceOf(this.#count++, isLast), {
      authTagLength: TAG_BYTES,
    });
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }
}

/** How to decrypt a file. */
export interface AgeDecryption {
  /** `AGE-SECRET-KEY-1…`, one of which has to fit. */
  readonly identities: readonly string[];
  /** Called at the end if the last chunk is missing or broken: the gateway was killed, or somebody cut the file. */
  readonly onCut: () => void;
}

/**
 * Decrypts a file chunk by chunk.
 *
 * @throws {AgeFileError} If it is no such file, is for somebody else, or was changed.
 */
export async function* decryptAgeFile(
  source: AsyncIterable<Uint8Array>,
  { identities, onCut }: AgeDecryption,
): AsyncGenerator<Buffer, void> {
  const reader = new SourceReader(source);
  const header = await reader.header();
  const nonce = await reader.exactly(PAYLOAD_NONCE_BYTES);
  const key = derivePayloadKey(await unwrapFileKey(header, identities), nonce);
  for (let count = 0; ; count++) {
    const sealed = await reader.atMost(CHUNK_BYTES + TAG_BYTES);
    if (sealed.length === 0) return onCut();
    const plain = open(key, nonceOf(count, false), sealed);
    if (plain !== undefined) {
      yield plain;
      continue;
    }
    const last = open(key, nonceOf(count, true), sealed);
    if (last === undefined && sealed.length < CHUNK_BYTES + TAG_BYTES) return onCut();
    if (last === undefined || (await reader.atMost(1)).length > 0) {
      throw new AgeFileError(`chunk ${count} was changed`);
    }
    yield last;
    return;
  }
}

/** A file that cannot be decrypted. */
export class AgeFileError extends Error {
  override readonly name = 'AgeFileError';
  readonly code = 'ERR_AGE_FILE';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot decrypt raw track: ${reason}`, options);
  }
}

async function unwrapFileKey(header: Buffer, identities: readonly string[]): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
    return await decrypter.decryptHeader(header);
  } catch (cause) {
    throw new AgeFileError((cause as Error).message, { cause });
  }
}

function open(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, options);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    // The tag does not match; OpenSSL has no code for it.
    return undefined;
  }
  return plain;
}

/** The number of the chunk, and whether it is the last. */
function nonceOf(count: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(STREAM_NONCE_BYTES);
  nonce.writeUIntBE(count, STREAM_NONCE_BYTES - 7, 6);
  nonce[STREAM_NONCE_BYTES - 1] = isLast ? 1 : 0;
  return nonce;
}

class SourceReader {
  readonly #source: AsyncIterator<Uint8Array, unknown>;
  #read: Buffer = NOTHING;
  #hasEnded = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to and with the line that begins with three dashes. */
  async header(): Promise<Buffer> {
    for (;;) {
      const line = this.#read.indexOf('\n---');
      const end = line === -1 ? -1 : this.#read.indexOf('\n', line + 1);
      if (end !== -1) return this.#take(end + 1);
      if (this.#hasEnded || this.#read.length > HEADER_BYTES_MAX) {
        throw new AgeFileError('it has no header of age');
      }
      await this.#more();
    }
  }

  async exactly(bytes: number): Promise<Buffer> {
    const taken = await this.atMost(bytes);
    if (taken.length === bytes) return taken;
    throw new AgeFileError('it ends in its header');
  }

  async atMost(bytes: number): Promise<Buffer> {
    while (this.#read.length < bytes && !this.#hasEnded) await this.#more();
    return this.#take(Math.min(bytes, this.#read.length));
  }

  #take(bytes: number): Buffer {
    const taken = this.#read.subarray(0, bytes);
    this.#read = this.#read.subarray(bytes);
    return taken;
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) this.#hasEnded = true;
    else this.#read = Buffer.concat([this.#read, next.value]);
  }
}
