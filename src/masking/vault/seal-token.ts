import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { SealedToken, VaultItem } from './token-vault.ts';

/** Keys of the stored mapping. */
export interface TokenKeys {
  /** Of the hashes by which values and tokens are found. */
  readonly index: Buffer;
  /** Of what says which belongs to which. */
  readonly seal: Buffer;
}

/** Bytes of the nonce, which is random and stands before what it sealed. */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';

/** Derives both keys of the masking key: HKDF-SHA-256 without salt. */
export function deriveTokenKeys(masterKey: Buffer): TokenKeys {
  const derive = (info: string): Buffer =>
    Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), info, KEY_BYTES));
  return { index: derive('sallyport token index'), seal: derive('sallyport token seal') };
}

/** What a value, or a token, is found by. */
export function hashItem(
  { index }: TokenKeys,
  kind: 'value' | 'token',
  { id, text }: VaultItem,
): Buffer {
  return createHmac('sha256', index).update(`${kind}\0${id}\0${text}`).digest();
}

/** Seals which token stands for a value: AES-256-GCM, bound to both of its hashes. */
export function sealToken(
  keys: TokenKeys,
  value: VaultItem,
  token: string,
  nonce: Buffer,
): SealedToken {
  const valueHash = hashItem(keys, 'value', value);
  const tokenHash = hashItem(keys, 'token', { ...value, text: token });
  const cipher = createCipheriv(CIPHER, keys.seal, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.concat([valueHash, tokenHash]));
  const sealed = Buffer.concat([
    nonce,
    cipher.update(`${value.text}\0${token}`, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return { valueHash, tokenHash, sealed };
}

/**
 * Opens what {@link sealToken} sealed.
 *
 * @throws If it was sealed with another key, or was changed.
 */
export function openToken(
  keys: TokenKeys,
  { valueHash, tokenHash, sealed }: SealedToken,
): { readonly value: string; readonly token: string } {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, keys.seal, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.concat([valueHash, tokenHash]));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const text = Buffer.concat([
    decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)),
    decipher.final(),
  ]).toString('utf8');
  const [value = '', token = ''] = text.split('\0');
  return { value, token };
}
