import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** Bytes of each key in this folder: AES-256. */
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Nonce, wrapped key, tag. */
export const WRAPPED_KEY_BYTES: number = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/**
 * Wraps a key by another one: AES-256-GCM under a random nonce, good for 2^32 keys.
 *
 * @param purpose Authenticated, so that a wrapped key only opens where it belongs.
 * @returns `WRAPPED_KEY_BYTES` bytes.
 */
export function wrapKey(by: KeyObject, key: Uint8Array, purpose: string): Buffer {
  assert.equal(key.length, KEY_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', by, nonce).setAAD(Buffer.from(purpose));
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined if `by` did not wrap these bytes for this purpose. */
export function unwrapKey(by: KeyObject, wrapped: Uint8Array, purpose: string): Buffer | undefined {
  if (wrapped.length !== WRAPPED_KEY_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', by, wrapped.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
  const key = decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    // The tag does not match; OpenSSL has no code for it.
    return undefined;
  }
  return key;
}
