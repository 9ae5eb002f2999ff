import assert from 'node:assert/strict';
import { createHash, hkdfSync } from 'node:crypto';

/** What a key is for. Each has keys of its own, so that none says anything about another. */
export type KeyPurpose = 'pseudonym' | 'vault' | 'date-shift';

/** A key, ready for HMAC-SHA-256. */
export interface HmacBlocks {
  /** 64 bytes: the key, filled up with zeros, exclusive-or 0x36 (`ipad` of RFC 2104). */
  readonly innerBlock: Buffer;
  /** 64 bytes: the key, filled up with zeros, exclusive-or 0x5c (`opad` of RFC 2104). */
  readonly outerBlock: Buffer;
}

/** The key of one purpose, one domain and one version, ready for HMAC-SHA-256 in TypeScript and in SQL. */
export interface PseudonymKeys extends HmacBlocks {
  readonly purpose: KeyPurpose;
  readonly domain: string;
  /** 1 to 99. Shown in every pseudonym. */
  readonly version: number;
}

/** All keys that come from one version of one master key. */
export interface MaskKeys {
  readonly version: number;
  /** Says which master key it is, and nothing about it. Part of the key of every plan made with it. */
  readonly fingerprint: string;
  /** Derived at the first call for a domain, then kept. */
  derive(purpose: KeyPurpose, domain: string): PseudonymKeys;
}

/** Master keys are random, so anything shorter is a mistake. */
const MASTER_KEY_BYTES_MIN = 32;
const VERSION_MAX = 99;
const KEY_BYTES = 32;
/** Bytes that SHA-256 takes in at a time. */
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * Derives the key of one domain: HKDF-SHA-256 without salt, with purpose, version and domain as `info`.
 *
 * @see RFC 5869; RFC 2104 for the two blocks
 */
export function derivePseudonymKeys(
  masterKey: Buffer,
  version: number,
  domain: string,
  purpose: KeyPurpose = 'pseudonym',
): PseudonymKeys {
  checkMasterKey(masterKey, version);
  const key = deriveBytes(masterKey, `sallyport ${purpose} ${version} ${domain}`);
  return { purpose, domain, version, ...toHmacBlocks(key) };
}

/** Makes the source of all keys of one version. */
export function createMaskKeys(masterKey: Buffer, version: number): MaskKeys {
  checkMasterKey(masterKey, version);
  const own = Buffer.from(masterKey);
  const derived = new Map<string, PseudonymKeys>();
  return {
    version,
    fingerprint: createHash('sha256')
      .update(deriveBytes(own, `sallyport fingerprint ${version}`))
      .digest('hex')
      .slice(0, 16),
    derive(purpose, domain) {
      const name = `${purpose} ${domain}`;
      const known = derived.get(name);
      if (known !== undefined) return known;
      const keys = derivePseudonymKeys(own, version, domain, purpose);
      derived.set(name, keys);
      return keys;
    },
  };
}

function checkMasterKey(masterKey: Buffer, version: number): void {
  assert(masterKey.length >= MASTER_KEY_BYTES_MIN, 'a master key has at least 32 bytes');
  assert(Number.isInteger(version) && version >= 1 && version <= VERSION_MAX);
}

function deriveBytes(masterKey: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), info, KEY_BYTES));
}

/** @param key Of 64 bytes at most. */
export function toHmacBlocks(key: Buffer): HmacBlocks {
  return { innerBlock: padKey(key, INNER_PAD), outerBlock: padKey(key, OUTER_PAD) };
}

function padKey(key: Buffer, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES, pad);
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
  return block;
}
