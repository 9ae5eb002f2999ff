import { hash, hkdfSync } from 'node:crypto';
import { SIP_KEY_BYTES, SipHash } from './sip-hash.ts';

/** Bytes of the key that hashes of patients depend on. */
export const PATIENT_KEY_BYTES = 32;
/** Says what a key derived from the master key is for. */
const KEY_PURPOSE = 'patient-evidence';
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Bytes of a hash that are kept. */
const KEPT_BYTES = 16;
const KEY_ID_BYTES = 4;
const INPUT_BYTES_AT_FIRST = 256;

/** Derives the key of the hashes of patients from the target's master key of pseudonyms. */
export function derivePatientKey(masterKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', KEY_PURPOSE, PATIENT_KEY_BYTES));
}

/** Hashes what identifies a patient under one key. */
export class PatientHasher {
  /** Tells keys apart, and tells nothing of the key: 8 hex digits. */
  readonly keyId: string;
  /** For sketches. Its key is derived, so that neither hash says anything of the other. */
  readonly sip: SipHash;
  readonly #outer: Buffer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  /** The padded key, and room for an input behind it. */
  #inner: Buffer = Buffer.alloc(BLOCK_BYTES + INPUT_BYTES_AT_FIRST);

  /** @param key 32 bytes, as {@link derivePatientKey} gives them. */
  constructor(key: Buffer) {
    this.#inner.fill(INNER_PAD, 0, BLOCK_BYTES);
    this.#outer.fill(OUTER_PAD, 0, BLOCK_BYTES);
    for (const [index, byte] of key.entries()) {
      this.#inner[index] = byte ^ INNER_PAD;
      this.#outer[index] = byte ^ OUTER_PAD;
    }
    this.keyId = this.#hmac(Buffer.from('key id')).toString('hex', 0, KEY_ID_BYTES);
    this.sip = new SipHash(
      Buffer.from(this.#hmac(Buffer.from('sketch')).subarray(0, SIP_KEY_BYTES)),
    );
  }

  /** The first 16 bytes of HMAC-SHA-256 over `bytes[start, end)`, in base64url. */
  digest(bytes: Buffer, start: number, end: number): string {
    return this.#hmac(bytes.subarray(start, end)).toString('base64url', 0, KEPT_BYTES);
  }

  /**
   * HMAC by its definition: two hashes in one call each cost a tenth of `createHmac`, and strings of
   * them half of buffers.
   *
   * @see RFC 2104
   */
  #hmac(input: Buffer): Buffer {
    const length = BLOCK_BYTES + input.length;
    if (length > this.#inner.length) {
      const grown = Buffer.alloc(2 * length);
      this.#inner.copy(grown, 0, 0, BLOCK_BYTES);
      this.#inner = grown;
    }
    input.copy(this.#inner, BLOCK_BYTES);
    const inner = hash('sha256', this.#inner.subarray(0, length), 'binary');
    this.#outer.write(inner, BLOCK_BYTES, 'latin1');
    return Buffer.from(hash('sha256', this.#outer, 'binary'), 'latin1');
  }
}
