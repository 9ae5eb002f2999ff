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
/** Longer values are hashed in memory of their own. */
const VALUE_BYTES_MAX = 1024;
/** Reused: what a key's block is written in front of. */
const innerInput: Buffer = Buffer.alloc(BLOCK_BYTES + VALUE_BYTES_MAX);
const outerInput: Buffer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

/** HMAC-SHA-256 of the UTF-8 bytes of a value: 32 bytes. By its definition: two hashes in one call each cost less, and strings of them less than buffers. */
export function computeHmac(value: string, keys: HmacBlocks): Buffer {
  return Buffer.from(hash('sha256', prepareOuter(value, keys), 'binary'), 'latin1');
}

/** Makes what the outer of the two hashes is of. */
function prepareOuter(value: string, { innerBlock, outerBlock }: HmacBlocks): Buffer {
  const bytes = Buffer.byteLength(value);
  const isShort = bytes <= VALUE_BYTES_MAX;
  const inner = isShort ? innerInput : Buffer.allocUnsafe(BLOCK_BYTES + bytes);
  innerBlock.copy(inner);
  inner.write(value, BLOCK_BYTES);
  const input = isShort ? inner.subarray(0, BLOCK_BYTES + bytes) : inner;
  outerBlock.copy(outerInput);
  outerInput.write(hash('sha256', input, 'binary'), BLOCK_BYTES, 'binary');
  return outerInput;
}

/** The pseudonym of a text: equal texts get equal ones within a domain and key version. */
export function pseudonymise(value: string, keys: PseudonymKeys): string {
  const digest = hash('sha256', prepareOuter(value, keys), 'hex');
  return pseudonymPrefix(keys) + digest.slice(0, 2 * PSEUDONYM_BYTES);
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

const WHOLE_LENGTH_MAX = 21;

/** Whether a text has the form of a pseudonym or vault token, of any version. */
export function isStandIn(text: string): boolean {
  return text.length <= WHOLE_LENGTH_MAX && WHOLE.test(text);
}
