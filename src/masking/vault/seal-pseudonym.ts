import type { KeyObject } from 'node:crypto';
import { computeHmac } from '../masks/pseudonym.ts';
import { type HmacBlocks, toHmacBlocks } from '../masks/pseudonym-keys.ts';
import { deriveSealKey, deriveVaultKey, openText, sealText } from './seal-text.ts';

/** Keys of what is stored of pseudonyms. */
export interface PseudonymSealKeys {
  /** Of the hashes by which they are found. */
  readonly index: HmacBlocks;
  /** Of what says which value each stands for. */
  readonly seal: KeyObject;
}

/** A pseudonym and what it stands for, as the store keeps them: it can tell neither. */
export interface SealedPseudonym {
  /** 32 bytes that only who has the key can compute of the pseudonym. */
  readonly pseudonymHash: Buffer;
  readonly sealed: Buffer;
}

/** Where sealed pseudonyms lie. */
export interface PseudonymStorage {
  find(pseudonymHashes: readonly Buffer[]): Promise<readonly SealedPseudonym[]>;
  /** Leaves out those that are there already. */
  insert(pseudonyms: readonly SealedPseudonym[]): Promise<void>;
}

/** Derives both keys of the masking key. */
export function derivePseudonymSealKeys(masterKey: Buffer): PseudonymSealKeys {
  return {
    index: toHmacBlocks(deriveVaultKey(masterKey, 'sallyport pseudonym index')),
    seal: deriveSealKey(masterKey, 'sallyport pseudonym seal'),
  };
}

/** What a pseudonym is found by. */
export function hashPseudonym({ index }: PseudonymSealKeys, pseudonym: string): Buffer {
  return computeHmac(pseudonym, index);
}

/** Seals what a pseudonym stands for. */
export function sealPseudonym(
  keys: PseudonymSealKeys,
  pseudonym: string,
  value: string,
  nonce: Buffer,
): SealedPseudonym {
  const pseudonymHash = hashPseudonym(keys, pseudonym);
  return { pseudonymHash, sealed: sealText(keys.seal, pseudonymHash, value, nonce) };
}

/** The value of a sealed pseudonym. @throws If it was sealed with another key, or was changed. */
export function openPseudonym(
  keys: PseudonymSealKeys,
  { pseudonymHash, sealed }: SealedPseudonym,
): string {
  return openText(keys.seal, pseudonymHash, sealed);
}
