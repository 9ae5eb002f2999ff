import { hash } from 'node:crypto';
import type { HmacBlocks, PseudonymKeys } from './pseudonym-keys.ts';

/** Bytes of the HMAC that a pseudonym shows, as twice as many hexadecimal digits. */
export const PSEUDONYM_BYTES = 8;

/** What pseudonyms begin with, `ps1_`, and what the target makes of values that tokens stand for, `vk1_`. */
export function pseudonymPrefix({ purpose, version }: PseudonymKeys): string {
  return `${purpose === 'vault' ? 'vk' : 'ps'}${version}_`;
}

/** Bytes that SHA-256 takes in at a time, and gives. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const outer: Buffer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

/** HMAC-SHA-256 of the UTF-8 bytes of a value: 32 bytes. By its definition: two hashes in one call each cost less. */
export function computeHmac(value: string, { innerBlock, outerBlock }: HmacBlocks): Buffer {
  const inner = Buffer.allocUnsafe(BLOCK_BYTES + Buffer.byteLength(value));
  innerBlock.copy(inner);
  inner.write(value, BLOCK_BYTES);
  outerBlock.copy(outer);
  outer.write(hash('sha256', inner, 'binary'), BLOCK_BYTES, 'binary');
  return hash('sha256', outer, 'buffer');
}

/** The pseudonym of a text: equal texts get equal ones within a domain and key version. */
export function pseudonymise(value: string, keys: PseudonymKeys): string {
  const digits = computeHmac(value, keys).toString('hex', 0, PSEUDONYM_BYTES);
  return pseudonymPrefix(keys) + digits;
}

/** `ps99_` and the digits. Narrower columns get digits alone, which look like any others. */
const ANYWHERE = /(?:ps|vt)[1-9][0-9]?_[0-9a-f]{16}/gu;

/**
 * How many different texts in `sent` have the form of a pseudonym or vault token, of any version.
 *
 * NOTE: the form is all there is to see. Whether some value has this pseudonym, only the data can tell.
 */
export function countPseudonyms(sent: string): number {
  const found = sent.match(ANYWHERE);
  return found === null ? 0 : new Set(found).size;
}

const WHOLE = /^(?:ps|vt)[1-9][0-9]?_[0-9a-f]{16}$/u;

/** Whether a text has the form of a pseudonym or vault token, of any version. */
export function isStandIn(text: string): boolean {
  return WHOLE.test(text);
}
