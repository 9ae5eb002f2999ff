import { createHmac, type KeyObject } from 'node:crypto';
import { deriveSealKey, openText, sealText } from './seal-text.ts';
import type { SealedToken, VaultItem } from './token-vault.ts';

/** Keys of the stored mapping. */
export interface TokenKeys {
  /** Of the hashes by which values and tokens are found. */
  readonly index: KeyObject;
  /** Of what says which belongs to which. */
  readonly seal: KeyObject;
}

/** Derives both keys of the masking key. */
export function deriveTokenKeys(masterKey: Buffer): TokenKeys {
  return {
    index: deriveSealKey(masterKey, 'sallyport token index'),
    seal: deriveSealKey(masterKey, 'sallyport token seal'),
  };
}

/** What a value, or a token, is found by. */
export function hashItem(
  { index }: TokenKeys,
  kind: 'value' | 'token',
  { id, text }: VaultItem,
): Buffer {
  return createHmac('sha256', index).update(`${kind}\0${id}\0${text}`).digest();
}

/** Seals which token stands for a value: bound to both of its hashes. */
export function sealToken(
  keys: TokenKeys,
  value: VaultItem,
  token: string,
  nonce: Buffer,
): SealedToken {
  const valueHash = hashItem(keys, 'value', value);
  const tokenHash = hashItem(keys, 'token', { ...value, text: token });
  const belongsTo = Buffer.concat([valueHash, tokenHash]);
  const sealed = sealText(keys.seal, belongsTo, `${value.text}\0${token}`, nonce);
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
  const text = openText(keys.seal, Buffer.concat([valueHash, tokenHash]), sealed);
  const [value = '', token = ''] = text.split('\0');
  return { value, token };
}
