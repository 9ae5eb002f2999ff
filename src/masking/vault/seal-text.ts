import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

/** Bytes of the nonce, which is random and stands before what it sealed. */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';

/** Derives a key of the masking key: HKDF-SHA-256 without salt. */
export function deriveVaultKey(masterKey: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), info, KEY_BYTES));
}

/** The same, ready for {@link sealText}: to be given the bytes costs Node.js more than the sealing. */
export function deriveSealKey(masterKey: Buffer, info: string): KeyObject {
  return createSecretKey(deriveVaultKey(masterKey, info));
}

/** Seals a text: AES-256-GCM, bound to what it belongs to. */
export function sealText(key: KeyObject, belongsTo: Buffer, text: string, nonce: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(belongsTo);
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what {@link sealText} sealed.
 *
 * @throws If it was sealed with another key, belongs to something else, or was changed.
 */
export function openText(key: KeyObject, belongsTo: Buffer, sealed: Buffer): string {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(belongsTo);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const text = sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES);
  return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
}
